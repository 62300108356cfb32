import { describe, expect, it } from 'vitest';
import { NT_STATUS, VSTOR_OPERATION as OP } from '../../wire/storvsp.ts';
import { StorvspHandshake } from './storvsp-protocol.ts';

function ready(maxSubChannels = 4): StorvspHandshake {
  const handshake = new StorvspHandshake({ newest: 0x602, maxSubChannels });
  handshake.answer(OP.BEGIN_INITIALIZATION, 0);
  handshake.answer(OP.QUERY_PROTOCOL_VERSION, 0x602);
  handshake.answer(OP.QUERY_PROPERTIES, 0);
  handshake.answer(OP.END_INITIALIZATION, 0);
  return handshake;
}

describe('the storage handshake', () => {
  it('ends ready', () => {
    expect(ready().state).toBe('ready');
    expect(ready().packetBytes).toBe(64);
  });

  it('refuses a version it does not know and takes a lower one on the same channel', () => {
    const handshake = new StorvspHandshake({ newest: 0x600, maxSubChannels: 0 });
    handshake.answer(OP.BEGIN_INITIALIZATION, 0);
    expect(handshake.answer(OP.QUERY_PROTOCOL_VERSION, 0x602)).toEqual({
      status: NT_STATUS.REVISION_MISMATCH,
      version: 0x602,
    });
    expect(handshake.answer(OP.QUERY_PROTOCOL_VERSION, 0x555).status).toBe(NT_STATUS.REVISION_MISMATCH);
    expect(handshake.answer(OP.QUERY_PROTOCOL_VERSION, 0x600)).toEqual({
      status: NT_STATUS.SUCCESS,
      version: 0x600,
    });
  });

  it('gives drivers of Windows 7 and before short packets and one channel', () => {
    const handshake = new StorvspHandshake({ newest: 0x602, maxSubChannels: 4 });
    handshake.answer(OP.BEGIN_INITIALIZATION, 0);
    handshake.answer(OP.QUERY_PROTOCOL_VERSION, 0x402);
    expect(handshake.packetBytes).toBe(48);
    expect(handshake.answer(OP.QUERY_PROPERTIES, 0).properties).toMatchObject({
      maxSubChannels: 0,
      flags: 0,
    });
    expect(handshake.answer(OP.CREATE_SUB_CHANNELS, 1).status).toBe(NT_STATUS.INVALID_DEVICE_STATE);
  });

  it('takes the request for sub-channels before or after the end, once', () => {
    const handshake = ready();
    expect(handshake.answer(OP.CREATE_SUB_CHANNELS, 5).status).toBe(NT_STATUS.INVALID_PARAMETER);
    expect(handshake.answer(OP.CREATE_SUB_CHANNELS, 3)).toEqual({
      status: NT_STATUS.SUCCESS,
      subChannels: 3,
    });
    expect(handshake.answer(OP.CREATE_SUB_CHANNELS, 1).status).toBe(NT_STATUS.INVALID_DEVICE_STATE);
  });

  it('answers every wrong order and stays where it is', () => {
    const operations = [
      OP.BEGIN_INITIALIZATION,
      OP.QUERY_PROTOCOL_VERSION,
      OP.QUERY_PROPERTIES,
      OP.END_INITIALIZATION,
    ];
    for (const [step, right] of operations.entries()) {
      for (const wrong of operations) {
        if (wrong === right) continue;
        const handshake = new StorvspHandshake({ newest: 0x602, maxSubChannels: 0 });
        for (const before of operations.slice(0, step)) handshake.answer(before, 0x602);
        const state = handshake.state;
        expect(handshake.answer(wrong, 0x602).status).toBe(NT_STATUS.INVALID_DEVICE_STATE);
        expect(handshake.state).toBe(state);
      }
    }
  });
});
