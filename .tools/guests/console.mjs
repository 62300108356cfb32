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

  /** `echo` gets what the guest prints as it prints it. */
  constructor(echo = () => undefined) {
    this.#echo = echo;
  }

  byte(code) {
    const char = String.fromCharCode(code);
    this.text += char;
    this.#echo(char);
    if (code === 10 || char === ' ') this.#look();
  }

  /** Called between instructions: gives what was typed to the emulator, as much as its queue takes. */
  feed(emulator) {
    if (this.#keys.length > 0) emulator.serial0_send(this.#keys.splice(0, 8).join(''));
  }

  type(text) {
    this.#keys.push(...text);
  }

  /** Waits until the guest has printed something that matches, from `from` on; `seconds` of real time at most. */
  expect(pattern, seconds, from = this.text.length) {
    return new Promise((resolve, reject) => {
      const waiting = { pattern, from, resolve, timer: undefined };
      waiting.timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        const tail = this.text.slice(-600);
        reject(
          new GuestSilent(`the guest did not print ${pattern} within ${seconds} s. It last said:\n${tail}`),
        );
      }, seconds * 1000);
      this.#waiting.push(waiting);
      this.#look();
    });
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

  #look() {
    for (const waiting of [...this.#waiting]) {
      const found = this.text.slice(waiting.from).match(waiting.pattern);
      if (!found) continue;
      clearTimeout(waiting.timer);
      this.#waiting = this.#waiting.filter((one) => one !== waiting);
      waiting.resolve(found);
    }
  }
}
