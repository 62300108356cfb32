/**
 * Saving a starting machine at a step of its hand-over and going on with it on a new host.
 *
 * The host's side is bytes: they are all that the new host gets, and its disk is the one that the old one has used. The guest is a program in
 * the middle of a run, which cannot be written down. It is made again by running it: the same machine from the same image with the same seed,
 * to the same step. That it is the same is not believed but compared: the machine that was made again must save as the same bytes, to the
 * last one. Then its host is thrown away, its memory overwritten, and its program goes on in the new one.
 *
 * Deterministic re-execution as a way to a machine's state: Dunlap et al., "ReVirt", OSDI 2002.
 */
import { invariant } from '../core/errors.ts';
import { sameBytes } from './boot-bytes.ts';
import { startFresh } from './boot-disk.ts';
import type { BootMachineOptions } from './boot-machine.ts';
import { BootMachine } from './boot-machine.ts';
import type { Lab } from './lab.ts';

/** A machine as it was saved. */
export interface SavedBoot {
  readonly bytes: Uint8Array;
  /** Step of the hand-over at which it was. */
  readonly step: number;
  /** The machine that it was: its disk, and nothing else, goes on to be used. */
  readonly from: BootMachine;
}

/** Runs a machine to a step of its hand-over and saves it. `undefined`: it ended before. */
export function saveAt(machine: BootMachine, step: number): SavedBoot | undefined {
  let reached = false;
  machine.run((now) => {
    reached = now === step;
    return !reached;
  });
  return reached ? { bytes: machine.save(), step, from: machine } : undefined;
}

/** The saved machine on a new host, ready to go on. `options` are those that it was made with. */
export function restoreBoot(lab: Lab, options: BootMachineOptions, saved: SavedBoot): BootMachine {
  const again = new BootMachine(lab.again(), { ...options, from: startFresh(saved.from.boot) });
  const made = saveAt(again, saved.step);
  invariant(
    made !== undefined && sameBytes(made.bytes, saved.bytes),
    'a guest that was run again is not the same',
  );
  again.moveTo(saved.bytes, saved.from);
  return again;
}
