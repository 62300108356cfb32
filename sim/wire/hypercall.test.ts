import { describe, expect, it } from 'vitest';
import {
  controlWord,
  controlWordReserved,
  HV_STATUS,
  HVCALL,
  hypercallResult,
  parseControlWord,
  resultReps,
  resultStatus,
  SIGNAL_EVENT_FAST,
} from './hypercall.ts';
import { configAddress, parseConfigAddress } from './pci.ts';
import { hypercallControlWord } from './pseudo-structs.ts';

describe('control word', () => {
  const fields = {
    code: HVCALL.FLUSH_VIRTUAL_ADDRESS_LIST_EX,
    fast: 1,
    varhead_qwords: 0x3ff,
    rep_count: 0xfff,
    rep_start: 0xabc,
  };

  it('reads back, and the declaration agrees', () => {
    const word = controlWord(fields);
    expect(parseControlWord(word)).toEqual(fields);
    const bytes = hypercallControlWord.encode(fields);
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(word);
    expect(hypercallControlWord.decode(bytes)).toMatchObject(fields);
  });

  it('a VMBus signal is what Linux sends', () => {
    expect(controlWord({ code: HVCALL.SIGNAL_EVENT, fast: 1 })).toBe(SIGNAL_EVENT_FAST);
  });

  it('reserved bits are noticed one by one', () => {
    const word = controlWord(fields);
    const reserved = Array.from({ length: 64 }, (_, i) => i).filter((i) =>
      controlWordReserved(word | (1n << BigInt(i))),
    );
    expect(reserved).toEqual([27, 28, 29, 30, 31, 44, 45, 46, 47, 60, 61, 62, 63]);
  });
});

describe('result word', () => {
  it('holds status and completed reps', () => {
    const result = hypercallResult(HV_STATUS.INVALID_PARAMETER, 4095);
    expect(resultStatus(result)).toBe(5);
    expect(resultReps(result)).toBe(4095);
  });
});

describe('PCI configuration address', () => {
  it('reads back', () => {
    const at = { bus: 0, device: 7, function: 1, register: 0x20 };
    expect(configAddress(at)).toBe(0x8000_3920);
    expect(parseConfigAddress(configAddress(at))).toEqual(at);
    expect(parseConfigAddress(0x3920)).toBeUndefined();
  });
});
