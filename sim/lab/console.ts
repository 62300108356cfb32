/**
 * A machine with a synthetic keyboard, mouse and graphics adapter, and a guest that drives them: here the two ends of each meet.
 */
import { HidHyperv } from '../guest/drivers/hid-hyperv.ts';
import { HypervFb, type HypervFbOptions } from '../guest/drivers/hyperv-fb.ts';
import { HypervKeyboard } from '../guest/drivers/hyperv-keyboard.ts';
import type { VmbusChannel } from '../guest/drivers/vmbus-channel.ts';
import { EnlightenedGuest } from '../guest/enlightened.ts';
import { LINUX_6_1 } from '../guest/profiles/linux.ts';
import { Keyboard } from '../host/vsp/keyboard.ts';
import { Mouse } from '../host/vsp/mouse.ts';
import { Synthvid, type SynthvidOptions } from '../host/vsp/synthvid.ts';
import { DEVICE_CLASS } from '../wire/vmbus.ts';
import { ONE_ADDRESS } from './guests.ts';
import type { Machine } from './machines.ts';
import { GUEST_PAGES } from './machines.ts';

/** A guest that somebody can sit in front of. */
export class ConsoleMachine {
  readonly machine: Machine;
  readonly keyboard: Keyboard;
  readonly mouse: Mouse;
  readonly video: Synthvid;
  readonly guest: EnlightenedGuest;
  /** The guest's drivers, once {@link boot} has returned. */
  keys!: HypervKeyboard;
  hid!: HidHyperv;
  screen!: HypervFb;

  constructor(machine: Machine, options: SynthvidOptions = {}) {
    const { partition, vmbus } = machine;
    this.machine = machine;
    this.keyboard = new Keyboard(partition);
    this.mouse = new Mouse(partition);
    this.video = new Synthvid(partition, options);
    for (const device of [this.keyboard, this.mouse, this.video]) vmbus.offer(device);
    this.guest = new EnlightenedGuest([machine.cpu], LINUX_6_1, {
      firstPage: GUEST_PAGES,
      storvsc: ONE_ADDRESS,
    });
  }

  /** Boots the guest and loads its drivers. Which of them found their device. */
  boot(options: HypervFbOptions = {}): { keyboard: boolean; mouse: boolean; video: boolean } {
    const { machine, guest } = this;
    guest.start();
    while (guest.state === 'starting') machine.engine.step();
    const { vmbus } = guest;
    if (!vmbus) return { keyboard: false, mouse: false, video: false };
    const first = (name: 'KBD' | 'MOUSE' | 'SYNTHVID'): VmbusChannel =>
      vmbus.devices(DEVICE_CLASS[name].guid)[0];
    const { cpu } = machine;
    this.keys = new HypervKeyboard(vmbus, first('KBD'));
    this.hid = new HidHyperv(vmbus, first('MOUSE'));
    this.screen = new HypervFb(vmbus, first('SYNTHVID'), options);
    return {
      keyboard: cpu.finish(this.keys.probe(cpu)),
      mouse: cpu.finish(this.hid.probe(cpu)),
      video: cpu.finish(this.screen.probe(cpu)),
    };
  }

  /** The guest has something else to do for so many milliseconds; its drivers hear what comes. */
  live(milliseconds = 2): void {
    const { cpu, costs } = this.machine;
    cpu.finish(
      (function* () {
        for (let i = 0; i < milliseconds * 10; i++) yield* cpu.compute(costs.hz / 10_000);
      })(),
    );
  }
}
