/**
 * What a processor pays to interrupt another one, beside the exit and the delivery (`irq.target`): the hypervisor decodes the command
 * and finds out whom it means.
 */
import type { CostRow, Era } from './rows.ts';
import { cycles } from './rows.ts';

const WHAT = 'The hypervisor decodes an interrupt command and finds its targets';

const ROWS: Readonly<Record<Era, CostRow>> = {
  '2008': cycles(WHAT, [2200, 1000, 16_000], 'assumed', 'no source read', ['ipi-virtual-2012'], ''),
  '2012': cycles(
    WHAT,
    [1060, 500, 16_000],
    'assumed',
    'C. Dall et al., ISCA 2016, table 2, recalled, not read',
    ['ipi-virtual-2012'],
    '5 562 for a whole IPI - 2 000 for the exit - 2 500 for the delivery. Another paper says three times as much.',
  ),
  '2020': cycles(
    WHAT,
    [2220, 1000, 2930],
    'derived',
    'W. Li, Linux commit 4180bf1b655a',
    ['ipi-bcast-per-target-ns', 'ipi-bcast-hypercall-per-target-ns'],
    '(2 512 - 985) ns x 2.5 GHz = 3 818 for the command of one target, - 1 600 for the exit.',
  ),
};

/** The rows of an era. */
export const ipiCosts = (era: Era): Record<'ipi.send', CostRow> => ({ 'ipi.send': ROWS[era] });
