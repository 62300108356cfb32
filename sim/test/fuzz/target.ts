/** What is attacked, and how. */
import type { TestGuestOptions } from '../../host/vsp/vmbus-testing.ts';
import type { Chance } from './chance.ts';
import type { HostileMachine } from './hostile-machine.ts';

/** One act of the guest. Acts by themselves bring the host to rest and look at what it said. */
export type Act = (chance: Chance) => void;

/** A part of the host. */
export interface Target {
  readonly name: string;
  /** What one case is. */
  readonly oneCase: string;
  /** The guest does nothing here by which its other channels end by right: another disk of its machine must not notice. */
  readonly sparesOthers: boolean;
  /** What the attacked partition is other than by default. */
  readonly partition?: TestGuestOptions['partition'];
  /** Sets the machine up and returns the acts. */
  readonly begin: (machine: HostileMachine) => Act;
}
