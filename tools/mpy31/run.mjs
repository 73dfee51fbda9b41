// Run a MicroPython script with 31-bit small ints: the WebAssembly port under Node.
//
//   node run.mjs --port DIR [-X heapsize=N[K|M]] [-X pystack=N] [-I DIR]... SCRIPT [ARG...]
//
// --port  folder of the npm package @micropython/micropython-webassembly-pyscript.
// -I      a folder for sys.path. Its .py, .mpy and .json files are copied into the port's
//         in-memory file system under the same absolute path, so a traceback names the real file.
//         Hidden folders, node_modules, build and __pycache__ are left out.
//
// The script finds standard input and output as one binary device, /dev/hostpipe
// (hostpipe.py is its MicroPython side): a read blocks until the host has written.
// Exit status: the script's own from sys.exit(), 1 on an uncaught exception, 2 on a wrong call.
import { readdirSync, readFileSync, readSync, statSync, writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const DEVICE = "/dev/hostpipe";
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const EIO = 29; // emscripten's errno for an input/output error
const SKIPPED = new Set(["node_modules", "build", "__pycache__"]);

function refuse(text) {
  writeAll(STDERR, Buffer.from(`run.mjs: ${text}\n`));
  process.exit(2);
}

function sizeOf(text) {
  const match = /^(\d+)([kKmM]?)$/.exec(text);
  if (!match) refuse(`-X size '${text}' is not a number with an optional K or M`);
  const unit = { "": 1, k: 1024, m: 1024 * 1024 }[match[2].toLowerCase()];
  return Number(match[1]) * unit;
}

function parse(args) {
  const options = { dirs: [], sizes: { heapsize: 1024 * 1024, pystack: 16 * 1024 } };
  while (args.length && args[0].startsWith("-")) {
    const flag = args.shift();
    if (!args.length) refuse(`${flag} needs a value`);
    const value = args.shift();
    if (flag === "-I") options.dirs.push(resolve(value));
    else if (flag === "--port") options.port = resolve(value);
    else if (flag === "-X") {
      const [key, size] = value.split("=");
      if (!(key in options.sizes) || size === undefined) refuse(`-X ${value} is not known`);
      options.sizes[key] = sizeOf(size);
    } else refuse(`option ${flag} is not known`);
  }
  if (!options.port) refuse("--port DIR is missing");
  if (!args.length) refuse("no script named");
  options.script = resolve(args[0]);
  options.argv = args; // sys.argv: the script as it was named, then its arguments
  return options;
}

// A pipe that another process made non-blocking answers EAGAIN: wait a little and ask again.
function retrying(call) {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function writeAll(fd, bytes, offset = 0, length = bytes.length) {
  const end = offset + length;
  let at = offset;
  while (at < end) at += retrying(() => writeSync(fd, bytes, at, end - at));
  return length;
}

// The port hands over one byte at a time; a person and a log want whole lines.
function lineWriter(fd) {
  const buffer = Buffer.alloc(4096);
  let used = 0;
  const flush = () => {
    if (used) writeAll(fd, buffer, 0, used);
    used = 0;
  };
  const put = (bytes) => {
    for (const byte of bytes) {
      buffer[used++] = byte;
      if (byte === 10 || used === buffer.length) flush();
    }
  };
  return { put, flush };
}

function copyTree(fs, from, done) {
  if (done.has(from)) return;
  done.add(from);
  fs.mkdirTree(from);
  for (const name of readdirSync(from)) {
    const path = join(from, name);
    if (name.startsWith(".") || SKIPPED.has(name)) continue;
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) copyTree(fs, path, done);
    else if (/\.(py|mpy|json)$/.test(name)) fs.writeFile(path, readFileSync(path));
  }
}

// Reads and writes go straight between the port's heap and the file descriptor: a transfer
// allocates nothing inside MicroPython.
function addHostPipe(fs, out) {
  const guard = (call) => {
    try {
      return retrying(call);
    } catch {
      throw new fs.ErrnoError(EIO);
    }
  };
  const device = fs.makedev(64, 0);
  fs.registerDevice(device, {
    open: (stream) => { stream.seekable = false; },
    close: () => {},
    read: (_stream, heap, offset, length) => guard(() => readSync(STDIN, heap, offset, length, null)),
    write: (_stream, heap, offset, length) => {
      out.flush(); // what was printed before keeps its place
      return guard(() => writeAll(STDOUT, heap, offset, length));
    },
  });
  fs.mkdev(DEVICE, device);
  // In the place of the port's own byte-at-a-time terminal: sys.stdin.buffer and sys.stdout.buffer
  // then are the pipe, as on the unix port.
  for (const [fd, flags] of [[STDIN, "r"], [STDOUT, "w"]]) {
    fs.close(fs.getStream(fd));
    const stream = fs.open(DEVICE, flags);
    if (stream.fd !== fd) refuse(`the port gave descriptor ${stream.fd} for ${fd}`);
  }
}

function report(error, err) {
  // The text is a traceback whose first entry is the few lines below that start the script.
  const text = String(error.message ?? error).replace(/^ {2}File "<stdin>".*\n/m, "");
  if (error.type !== "SystemExit") {
    err.put(Buffer.from(`${text.trimEnd()}\n`));
    return 1;
  }
  const said = /^SystemExit:[ \t]*(.*)$/m.exec(text)?.[1] ?? "";
  if (said === "" || said === "None") return 0;
  if (/^-?\d+$/.test(said)) return Number(said) & 255;
  err.put(Buffer.from(`${said}\n`));
  return 1;
}

const { port, dirs, sizes, script, argv } = parse(process.argv.slice(2));
if (!statSync(script, { throwIfNoEntry: false })?.isFile()) refuse(`there is no script ${script}`);
const { loadMicroPython } = await import(pathToFileURL(join(port, "micropython.mjs")).href)
  .catch((error) => refuse(`the WebAssembly port in ${port} does not load: ${error.message}`));
const out = lineWriter(STDOUT);
const err = lineWriter(STDERR);
const mp = await loadMicroPython({ ...sizes, linebuffer: false, stdout: out.put, stderr: err.put });

addHostPipe(mp.FS, out);
const copied = new Set();
for (const dir of dirs) copyTree(mp.FS, dir, copied);
// The script's own folder comes first on sys.path, as under any Python.
copyTree(mp.FS, dirname(script), copied);
const python = (value) => JSON.stringify(value); // strings and lists of them read the same in both
const path = [dirname(script), ...dirs, ".frozen"];
try {
  mp.runPython(
    `import sys\nsys.path[:] = ${python(path)}\nsys.argv[:] = ${python(argv)}\n` +
      `with open(${python(script)}) as _f:\n    _code = compile(_f.read(), ${python(script)}, "exec")\n` +
      "del _f\nexec(_code)\n",
  );
} catch (error) {
  out.flush();
  process.exitCode = report(error, err);
}
out.flush();
err.flush();
