/** Names of the codes that a run records as numbers, in the words of the specifications. */
import { wire } from '../../../sim/index.ts';

const { ATA_CMD, CHANNELMSG, DM, HV_X64_MSR, HVCALL, ICMSGTYPE } = wire;

const namesOf = (values: Readonly<Record<string, number>>): ReadonlyMap<number, string> =>
  new Map(Object.entries(values).map(([name, value]) => [value, name]));

/** By kind of row: what the first number of the row stands for. */
const CODES: Readonly<Record<string, ReadonlyMap<number, string>>> = {
  hypercall: namesOf(HVCALL),
  'msr.read': namesOf(HV_X64_MSR),
  'msr.write': namesOf(HV_X64_MSR),
  'vmbus.message': namesOf(CHANNELMSG),
  'ide.command': namesOf(ATA_CMD),
  'ic.request': namesOf(ICMSGTYPE),
  'ic.answer': namesOf(ICMSGTYPE),
  'dynmem.sent': namesOf(DM),
  'dynmem.received': namesOf(DM),
};

/** The name of a row's code; nothing where its number is none, or none that has a name. */
export const codeOf = (kind: string, first: number): string | undefined => CODES[kind]?.get(first);
