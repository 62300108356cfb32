/**
 * Interrupt commands: whom a command addresses, and what it does there. Source: Intel SDM volume 3, "Issuing interprocessor interrupts"
 * and, for x2APIC mode, "ICR operation in x2APIC mode".
 */
import { APIC_DELIVERY, BROADCAST, ICR, ICR_SHORTHAND } from '../wire/apic.ts';
import type { LocalApic } from './apic.ts';

/** What an interrupt command asks for. */
export interface IpiCommand {
  readonly vector: number;
  /** One of {@link APIC_DELIVERY}. */
  readonly mode: number;
  readonly shorthand: number;
  readonly logical: boolean;
  /** False for the second half of INIT as it was before 2000: nothing happens then. */
  readonly assert: boolean;
}

/** Takes the low half of an interrupt command register apart. */
export function parseCommand(command: number): IpiCommand {
  const level = (command & ICR.LEVEL) !== 0;
  return {
    vector: command & 0xff,
    mode: (command >>> 8) & 7,
    shorthand: (command >>> 18) & 3,
    logical: (command & ICR.LOGICAL) !== 0,
    assert: !level || (command & ICR.ASSERT) !== 0,
  };
}

/** Whether the combination exists: to oneself and to all go fixed interrupts only; lowest priority is not sent in x2APIC mode. */
export function isValidCommand({ mode, shorthand }: IpiCommand, x2apic: boolean): boolean {
  if (mode === APIC_DELIVERY.EXTINT || mode === 3) return false;
  if (mode === APIC_DELIVERY.LOWEST_PRIORITY && x2apic) return false;
  const everybody = shorthand === ICR_SHORTHAND.SELF || shorthand === ICR_SHORTHAND.ALL;
  return mode === APIC_DELIVERY.FIXED || !everybody;
}

/** The processors that a command addresses. */
export function commandTargets(
  { shorthand, logical }: IpiCommand,
  destination: number,
  self: LocalApic,
  all: readonly LocalApic[],
): LocalApic[] {
  switch (shorthand) {
    case ICR_SHORTHAND.SELF:
      return [self];
    case ICR_SHORTHAND.ALL:
      return [...all];
    case ICR_SHORTHAND.OTHERS:
      return all.filter((apic) => apic !== self);
    default:
      return all.filter((apic) => addressed(apic, destination, logical, self.mode === 'x2apic'));
  }
}

/** Of several targets of a lowest-priority interrupt the one that gets it: least task priority, then least id. */
export function lowestPriority(targets: readonly LocalApic[]): LocalApic[] {
  const enabled = targets.filter((apic) => apic.enabled);
  if (enabled.length < 2) return enabled;
  return [enabled.reduce((best, apic) => (apic.tpr >>> 4 < best.tpr >>> 4 ? apic : best))];
}

/** Logical id in x2APIC mode: cluster in the upper half, one bit of sixteen in the lower. */
export const x2apicLogicalId = (id: number): number => (((id >>> 4) << 16) | (1 << (id & 0xf))) >>> 0;

/**
 * Whether a destination, physical or logical, means this APIC. `wide` destinations have 32 bits and come from an APIC in x2APIC mode;
 * others, also those of an I/O APIC, have eight.
 */
export function addressed(apic: LocalApic, destination: number, logical: boolean, wide = false): boolean {
  if (apic.mode === 'disabled') return false;
  if (destination === (wide ? BROADCAST.X2APIC : BROADCAST.XAPIC)) return true;
  if (!logical) return apic.id === destination;
  if (apic.mode === 'x2apic') return matchesCluster(x2apicLogicalId(apic.id), destination);
  if (apic.destinationFormat >>> 28 === 0xf) return (apic.logicalId & destination) !== 0;
  return apic.logicalId >>> 4 === destination >>> 4 && (apic.logicalId & destination & 0xf) !== 0;
}

const matchesCluster = (own: number, destination: number): boolean =>
  own >>> 16 === destination >>> 16 && (own & destination & 0xffff) !== 0;
