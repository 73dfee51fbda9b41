// What a version takes of a 32-bit heap: imports a ROM image on the 31-bit WebAssembly port.
//
//   node heap31.mjs PORT IMAGE FRAMES [MODULE...]
//
// Prints `name allocated` lines after each step, in bytes without the image itself (on a board it
// stays in flash). The port collects only between two calls from outside, so each step is one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , port, image, frames, ...modules] = process.argv;
const { loadMicroPython } = await import(pathToFileURL(join(port, "micropython.mjs")).href);
const mp = await loadMicroPython({
  heapsize: 4 * 1024 * 1024, // one heap, in which nothing has to be collected half-way
  pystack: 16 * 1024,
  linebuffer: true,
  stdout: (line) => console.log(line),
});
mp.FS.writeFile("/image.romfs", readFileSync(image));
mp.runPython(`
import gc, sys, vfs
def told(name):
    print(name, gc.mem_alloc() - floor)
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
  mp.runPython(`told("${name}")`);
};
step("nothing", "pass");
for (const name of modules) step(name, `import ${name}`);
step("board", "from hal.mock import MockBoard\nboard = MockBoard()");
step("import", "from app import App");
step("booted", "app = App(board)");
mp.runPython(`
def play(frames):
    for _ in range(frames):
        for tick in range(10):
            app.tick(board.now_ms + 10 * tick)
        board.step()
    board.log.clear()
`);
mp.runPython(`
board.call_to_run()
app.configure("recycle.boot_settle_s = 0\\nrecycle.minimum_off_s = 0\\nsequence.prelube_s = 3")
`); // it starts on the way, and runs
const SLICE = 500; // frames between two collections
function play(name, frames) {
  for (let left = frames; left > 0; left -= SLICE) {
    mp.runPython(`play(${Math.min(left, SLICE)})`);
    collect();
  }
  step(name, "pass");
}
play("settled", 500);
for (let part = 1; part <= 4; part++) play(`part${part}`, Math.round(Number(frames) / 4));
