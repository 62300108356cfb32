import { describe, expect, it } from 'vitest';
import { Engine } from './engine.ts';
import { type Process, Processes, type Program } from './program.ts';

function setup() {
  const engine = new Engine();
  return { engine, processes: new Processes(engine), log: [] as string[] };
}

describe('processes', () => {
  it('sleep, and go on at the right time in the order they asked', () => {
    const { engine, processes, log } = setup();
    const body = (name: string, period: number) =>
      function* (self: Process): Program {
        for (let i = 0; i < 3; i++) {
          log.push(`${name} ${engine.now}`);
          self.sleep(period);
          yield;
        }
      };
    processes.spawn('a', body('a', 10));
    processes.spawn('b', body('b', 10));
    processes.spawn('c', body('c', 5));
    engine.run();
    expect(log).toEqual(['a 0', 'b 0', 'c 0', 'c 5', 'a 10', 'b 10', 'c 10', 'a 20', 'b 20']);
    expect(engine.now).toBe(30);
  });

  it('start when told to', () => {
    const { engine, processes, log } = setup();
    processes.spawn(
      'late',
      function* (): Program {
        log.push(`${engine.now}`);
        yield;
      },
      500,
    );
    engine.run(499);
    expect(log).toEqual([]);
    engine.run();
    expect(log).toEqual(['500']);
  });

  it('wait until woken', () => {
    const { engine, processes, log } = setup();
    const waiter = processes.spawn('waiter', function* (): Program {
      yield;
      log.push(`woken ${engine.now}`);
    });
    processes.spawn('waker', function* (self: Process): Program {
      self.sleep(70);
      yield;
      waiter.wake();
      waiter.wake();
    });
    engine.run(10);
    expect(waiter.state).toBe('waiting');
    engine.run();
    expect(log).toEqual(['woken 70']);
    expect(waiter.state).toBe('done');
    waiter.wake();
    expect(engine.run()).toEqual({ kind: 'idle', events: 0 });
  });

  it('can be woken out of a sleep, whose end then does not disturb the next one', () => {
    const { engine, processes, log } = setup();
    const sleeper = processes.spawn('sleeper', function* (self: Process): Program {
      self.sleep(100);
      yield;
      log.push(`up ${engine.now}`);
      self.sleep(200);
      yield;
      log.push(`up ${engine.now}`);
    });
    engine.run(0);
    sleeper.wake(30);
    engine.run();
    expect(log).toEqual(['up 30', 'up 230']);
  });

  it('keep the order of asking even when they sleep again to the time of an overtaken sleep', () => {
    const { engine, processes, log } = setup();
    const first = processes.spawn('first', function* (self: Process): Program {
      self.sleepUntil(100);
      yield;
      self.sleepUntil(100);
      yield;
      log.push('first');
    });
    processes.spawn('second', function* (self: Process): Program {
      self.sleepUntil(100);
      yield;
      log.push('second');
    });
    engine.run(0);
    first.wake(50);
    engine.run();
    expect(log).toEqual(['second', 'first']);
  });

  it('lose no wake-up that comes while they run', () => {
    const { engine, processes, log } = setup();
    processes.spawn('driver', function* (self: Process): Program {
      self.wake(engine.now + 5);
      yield;
      log.push(`${engine.now}`);
    });
    engine.run();
    expect(log).toEqual(['5']);
  });

  it('wait for each other and pass results on', () => {
    const { engine, processes } = setup();
    const worker = processes.spawn<number>('worker', function* (self: Process<number>): Program<number> {
      self.sleep(40);
      yield;
      return 42;
    });
    const boss = (self: Process<string>) =>
      (function* (): Program<string> {
        const result = yield* worker.join(self);
        return `${result} at ${engine.now}`;
      })();
    const early = processes.spawn<string>('early', boss);
    const late = processes.spawn<string>('late', boss, 99);
    engine.run();
    expect([early.result, late.result, worker.done]).toEqual(['42 at 40', '42 at 99', true]);
  });

  it('stay themselves when they run the engine from inside', () => {
    const { engine, processes, log } = setup();
    processes.spawn('outer', function* (): Program {
      engine.advanceTo(15);
      processes.sleep(10);
      yield;
      log.push(`outer ${engine.now}`);
    });
    processes.spawn('inner', function* (): Program {
      for (let i = 0; i < 3; i++) {
        processes.sleep(7);
        yield;
        log.push(`inner ${engine.now}`);
      }
    });
    engine.run();
    expect(log).toEqual(['inner 7', 'inner 14', 'inner 21', 'outer 25']);
  });

  it('count thousands, each with its own pace', () => {
    const { engine, processes } = setup();
    const turns = new Array<number>(3000).fill(0);
    turns.forEach((_, i) => {
      processes.spawn(`${i}`, function* (): Program {
        while (engine.now < 10_000) {
          turns[i]++;
          processes.sleep(1 + (i % 100));
          yield;
        }
      });
    });
    engine.run();
    expect(turns.every((count, i) => count === Math.ceil(10_000 / (1 + (i % 100))))).toBe(true);
    expect(processes.count).toBe(3000);
  });

  it('survive thousands of timeouts that never happen', () => {
    const { engine, processes, log } = setup();
    const waiter = processes.spawn('waiter', function* (self: Process): Program {
      for (let i = 0; i < 5000; i++) {
        self.sleep(1_000_000);
        yield;
      }
      log.push(`done ${engine.now}`);
    });
    const poke = engine.handler('poke', (left) => {
      waiter.wake();
      if (left > 0) engine.post(engine.now + 10, poke, left - 1);
    });
    engine.post(5, poke, 4999);
    engine.run();
    expect(log).toEqual([`done ${5 + 4999 * 10}`]);
  });
});
