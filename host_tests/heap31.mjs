// What a version takes of a 32-bit heap: imports a ROM image on the 31-bit WebAssembly port.
//
//   node heap31.mjs PORT IMAGE boot WIRES [MODULE...]  a board without a device that answers
//   node heap31.mjs PORT IMAGE run FRAMES HOURS STATE LIVE   the mock board, running, hours skipped;
//                                          STATE as in mpy/live.py, which is LIVE
//
// Prints `name allocated` lines after each step, in bytes without the image itself (on a board it
// stays in flash). The port collects only between two calls from outside, so each step is one.
// WIRES is mpy/no_wires.py.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

process.on("uncaughtException", (error) => {
  console.error(error.message); // Python's traceback, and not the port's own source
  process.exit(1);
});
const [, , port, image, mode, ...rest] = process.argv;
const { loadMicroPython } = await import(pathToFileURL(join(port, "micropython.mjs")).href);
let label = ""; // not in Python: a word that it has not met yet stays on its heap for ever
const mp = await loadMicroPython({
  heapsize: 4 * 1024 * 1024, // one heap, in which nothing has to be collected half-way
  pystack: 16 * 1024,
  linebuffer: true,
  stdout: (line) => console.log(label ? `${label} ${line}` : line),
});
mp.FS.writeFile("/image.romfs", readFileSync(image));
if (mode === "boot") mp.runPython(readFileSync(rest.shift(), "utf8"));
mp.runPython(`
import gc, sys, vfs
def told():
    print(gc.mem_alloc() - floor)
with open("/image.romfs", "rb") as file:
    data = file.read()
vfs.mount(vfs.VfsRom(data), "/fw")
sys.path[:] = ["/fw"]
`);
const collect = () => mp.runPython("gc.collect()");
collect();
mp.runPython("floor = gc.mem_alloc()");
const step = (name, code) => {
  mp.runPython(code);
  collect();
  label = name;
  mp.runPython("told()");
  label = "";
};
step("nothing", "pass");
if (mode === "boot") {
  for (const name of rest) step(name, `import ${name}`);
  step("board", "from here import board");
  step("armed", "board.arm()"); // as boot.py does, before main.py
  step("import", "from app import App");
  step("booted", "app = App(board)");
  process.exit(0); // timers of the board included
}
step("board", "from hal.mock import MockBoard\nboard = MockBoard()");
step("booted", "from app import App\napp = App(board)");
const [frames, hours, state] = rest.map(Number);
mp.runPython(readFileSync(rest[3], "utf8"));
mp.runPython(`life = Life(board, app, ${state}); life.start()`);
const SLICE = 500; // frames between two collections
function play(name, count) {
  for (let left = count; left > 0; left -= SLICE) {
    mp.runPython(`life.play(${Math.min(left, SLICE)})`);
    collect();
  }
  step(name, "pass");
}
play("settled", 500);
for (let part = 1; part <= 4; part++) play(`part${part}`, Math.round(frames / 4));
for (let hour = 0; hour < hours; hour++) {
  for (let slice = 0; slice < 3600; slice += 400) {
    mp.runPython(`life.skip(400, ${hour * 3600 + slice})`);
    collect();
  }
  step(`hour${hour + 1}`, "pass");
}
mp.runPython(`print("states", len(life.seen))`);
