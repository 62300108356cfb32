// The HOLD model on one engine in a process of its own.
//
// usage: node hold.mjs <engine> <pending> <events> <repetitions> <table file> [folder of the engine's built core]
// prints: {"seconds": <median CPU time>, "hash": <order hash>, "now": <final time>}
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [engineName, pendingText, eventsText, repetitionsText, tableFile, core] = process.argv.slice(2);
const pending = Number(pendingText);
const events = Number(eventsText);
const table = new Float64Array(new Uint8Array(readFileSync(tableFile)).buffer);

const load = (name) => import(pathToFileURL(`${core}/${name}.js`).href);

/** Each returns what runs `n` events and what tells the time. */
const engines = {
  /** Handler numbers on our engine. */
  async handlers(draw, note) {
    const { Engine } = await load('engine');
    return () => {
      const engine = new Engine();
      const ids = [];
      // Four handlers written out, as four devices would be: four different functions, called in turn.
      ids.push(engine.handler('0', (a) => { note(a, 0); engine.post(engine.now + draw(), ids[0], a); })); // biome-ignore format: one a line
      ids.push(engine.handler('1', (a) => { note(a, 1); engine.post(engine.now + draw(), ids[1], a); })); // biome-ignore format: one a line
      ids.push(engine.handler('2', (a) => { note(a, 2); engine.post(engine.now + draw(), ids[2], a); })); // biome-ignore format: one a line
      ids.push(engine.handler('3', (a) => { note(a, 3); engine.post(engine.now + draw(), ids[3], a); })); // biome-ignore format: one a line
      for (let i = 0; i < pending; i++) engine.post(table[i % table.length], ids[i & 3], i);
      return { run: (n) => engine.run(Infinity, n), now: () => engine.now };
    };
  },

  /** Generator programs on our engine. */
  async programs(draw, note) {
    const { Engine } = await load('engine');
    const { Processes } = await load('program');
    return () => {
      const engine = new Engine();
      const processes = new Processes(engine);
      function* hold(i) {
        const handler = i & 3;
        for (;;) {
          note(i, handler);
          processes.sleep(draw());
          yield;
        }
      }
      for (let i = 0; i < pending; i++) processes.spawn(`${i}`, () => hold(i), table[i % table.length]);
      return { run: (n) => engine.run(Infinity, n), now: () => engine.now };
    };
  },

  /** npm simjs: an entity per pending event. Its bundle exports itself only to a window. */
  async simjs(draw, note) {
    globalThis.window ??= {};
    await import('simjs');
    const { Sim, Entity } = globalThis.window.Sim;
    class Hold extends Entity {
      start(i) {
        this.argument = i;
        this.setTimer(table[i % table.length]).done(this.fire);
      }

      fire() {
        note(this.argument, this.argument & 3);
        this.setTimer(draw()).done(this.fire);
      }
    }
    return () => {
      const sim = new Sim();
      for (let i = 0; i < pending; i++) sim.addEntity(Hold, `${i}`, i);
      return { run: (n) => sim.simulate(Infinity, n), now: () => sim.time() };
    };
  },
};

let cursor = 0;
let hash = 0;
const draw = () => {
  const delay = table[cursor];
  cursor = cursor + 1 === table.length ? 0 : cursor + 1;
  return delay;
};
const note = (argument, handler) => {
  hash = (Math.imul(hash, 31) + argument + handler) | 0;
};

const create = await engines[engineName](draw, note);
const seconds = [];
let now = 0;
for (let r = 0; r <= Number(repetitionsText); r++) {
  cursor = 0;
  hash = 0;
  const simulation = create();
  simulation.run(pending);
  const start = process.cpuUsage();
  simulation.run(events);
  const { user, system } = process.cpuUsage(start);
  if (r > 0) seconds.push((user + system) / 1e6);
  now = simulation.now();
}
seconds.sort((x, y) => x - y);
process.stdout.write(`${JSON.stringify({ seconds: seconds[seconds.length >> 1], hash: hash >>> 0, now })}\n`);
