// The guest's serial console: what it prints, and what is typed. Keys go in between instructions of the guest, so that they arrive at the same
// moment in every run.

export const PROMPT = 'ringside# ';
/** A line that no command prints by itself, with the exit status of the command before it. */
const DONE = /\[\[done (\d+)\]\]/;

/** The guest did not do in time what was waited for. */
export class GuestSilent extends Error {}

export class GuestConsole {
  text = '';
  #keys = [];
  #waiting = [];
  #echo;
  /** Milliseconds of the guest's time. */
  #now = 0;
  /** Somebody wants to know at once, not at the end of a word. */
  #eager = false;

  /** `echo` gets what the guest prints as it prints it. */
  constructor(echo = () => undefined) {
    this.#echo = echo;
  }

  byte(code) {
    const char = String.fromCharCode(code);
    this.text += char;
    this.#echo(char);
    if (this.#eager || code === 10 || char === ' ') this.#look();
  }

  /** Called between instructions with the guest's time: gives what was typed to the emulator, as much as its queue takes. */
  turn(emulator, milliseconds) {
    this.#now = milliseconds;
    if (this.#keys.length > 0) emulator.serial0_send(this.#keys.splice(0, 8).join(''));
    for (const waiting of this.#waiting) if (milliseconds > waiting.until) this.#giveUp(waiting);
  }

  type(text) {
    this.#keys.push(...text);
  }

  /** Waits until the guest has printed something that matches, from `from` on; `seconds` of the guest's time at most. */
  expect(pattern, seconds, from = this.text.length) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ pattern, from, resolve, reject, seconds, until: this.#now + seconds * 1000 });
      this.#look();
    });
  }

  /** Calls `seen` in the very moment in which something from `from` on matches. */
  watch(pattern, seen, from) {
    this.#waiting.push({ pattern, from, resolve: seen, reject: () => undefined, until: Infinity });
    this.#eager = true;
  }

  /** Runs a command in the guest's shell; its output and its exit status. */
  async run(command, seconds = 60) {
    const from = this.text.length;
    const done = this.expect(DONE, seconds, from);
    this.type(`${command}; echo "[[""done $?]]"\n`);
    const [, status] = await done;
    const output = this.text.slice(from).split('[[done')[0].replaceAll('\r', '').replaceAll(PROMPT, '');
    return { output, status: Number(status) };
  }

  #giveUp(waiting) {
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    const tail = this.text.slice(-600);
    const { pattern, seconds } = waiting;
    waiting.reject(
      new GuestSilent(
        `the guest did not print ${pattern} within ${seconds} s of its time. It last said:\n${tail}`,
      ),
    );
  }

  #look() {
    for (const waiting of [...this.#waiting]) {
      const found = this.text.slice(waiting.from).match(waiting.pattern);
      if (!found) continue;
      this.#waiting = this.#waiting.filter((one) => one !== waiting);
      this.#eager = false;
      waiting.resolve(found);
    }
  }
}
