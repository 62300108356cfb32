/**
 * Costs of nested guests, for every era. Nested virtualisation came with Windows Server 2016; the rows of earlier eras are there so that
 * a profile is complete, and say so.
 */
import type { CostRow, Era } from './rows.ts';
import { cycles } from './rows.ts';

const COMMIT =
  'V. Kuznetsov, Linux commit "x86/kvm: use Enlightened VMCS when running on Hyper-V" (2018), CPUID loop in L2';

/** `exitEntry` is the era's VM exit and entry: an exit of L2 is two of them, and changes between L1 and L2 twice. */
export function nestedCosts(era: Era, exitEntry: CostRow): Record<'nested.switch', CostRow> {
  const half = (total: number, of: number): number => Math.round((total - 2 * of) / 2);
  const value = half(8304, exitEntry.value);
  return {
    'nested.switch': cycles(
      'L0 changes between L1 and L2: reflects an exit, or merges the VMCS for an entry',
      [value, half(7600, exitEntry.high), half(9000, exitEntry.low)],
      era === '2020' ? 'derived' : 'assumed',
      COMMIT,
      ['exit-nested-evmcs'],
      `(8 304 - 2 x ${exitEntry.value}) / 2, with the enlightened VMCS.${era === '2020' ? '' : ' Nested virtualisation is of 2016.'}`,
    ),
  };
}
