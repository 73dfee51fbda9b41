// What a board takes of a 32-bit heap: builds one from its ROM image on the 31-bit WebAssembly port.
//
//   node board_heap31.mjs PORT IMAGE WIRES MODULE CLASS   a board without a device that answers
//
// CLASS of MODULE is where the image has the driver of the MCP2518FD.
//
// Prints `name bytes`: after the board file was run, after `board.arm()` (as boot.py does), what
// the peripherals that stand in for machine's are of it, and each part that a board has.
// The port collects only between two calls from outside, so each step is one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

process.on("uncaughtException", (error) => {
  console.error(error.message); // Python's traceback, and not the port's own source
  process.exit(1);
});
const [, , port, image, wires, home, driver] = process.argv;
const { loadMicroPython } = await import(pathToFileURL(join(port, "micropython.mjs")).href);
let label = "";
const mp = await loadMicroPython({
  heapsize: 4 * 1024 * 1024, // one heap, in which nothing has to be collected half-way
  pystack: 16 * 1024,
  linebuffer: true,
  stdout: (line) => console.log(label ? `${label} ${line}` : line),
});
mp.FS.writeFile("/image.romfs", readFileSync(image));
mp.runPython(readFileSync(wires, "utf8"));
mp.runPython(`
import gc, sys, vfs
made = bytearray(1)
def count(self, *args, **named):
    made[0] += 1
Part.__init__ = count
spare = None
def told():
    print(gc.mem_alloc() - floor)
with open("/image.romfs", "rb") as file:
    data = file.read()
vfs.mount(vfs.VfsRom(data), "/fw")
sys.path[:] = ["/fw"]
`);
const collect = () => mp.runPython("gc.collect()");
const step = (name, code) => {
  mp.runPython(code);
  collect();
  label = name;
  mp.runPython("told()");
  label = "";
};
collect();
mp.runPython("floor = gc.mem_alloc()");
step("built", "from here import board");
step("armed", "board.arm()");
step("again", "board.arm()"); // nothing is left that goes later
mp.runPython('print("stand_ins", 16 * made[0])');
mp.runPython(`from ${home} import ${driver} as Mcp2518fd`);
step("before", "can = Mcp2518fd(Part(), Part(), 40000000, 250000, None, 3); board.arm()");
step("after", "spare = Mcp2518fd(Part(), Part(), 40000000, 250000, None, 3, can); board.arm()");
mp.runPython('print("modules", " ".join(sorted(sys.modules)))');
process.exit(0); // timers of the board included
