import { describe, expect, it } from 'vitest';
import {
  CHANNEL_TRANSITIONS,
  type ChannelEvent,
  type ChannelState,
  channelTransition,
  holdsConnection,
} from './channel-states.ts';

function walk(events: ChannelEvent[], from: ChannelState = 'client-released'): ChannelState {
  let state = from;
  for (const event of events) {
    const step = channelTransition(state, event);
    if (!step) throw new Error(`${event} is not allowed in ${state}`);
    state = step.next;
  }
  return state;
}

describe('the life of a channel', () => {
  it('opens and closes', () => {
    expect(walk(['offer', 'open', 'device-opened', 'close', 'device-closed'])).toBe('closed');
  });

  it('opens again while the device is still closing', () => {
    expect(walk(['offer', 'open', 'device-opened', 'close', 'open', 'device-closed'])).toBe('opening');
  });

  it('takes the rescind before the open result', () => {
    expect(walk(['offer', 'open', 'revoke'])).toBe('revoked');
    expect(channelTransition('revoked', 'device-opened')).toEqual({
      next: 'revoked',
      action: 'close-device',
    });
  });

  it('offers again only after the guest has released the old id', () => {
    expect(walk(['offer', 'revoke', 'reoffer'])).toBe('reoffered');
    expect(channelTransition('reoffered', 'release')).toEqual({ next: 'closed', action: 'send-offer' });
  });

  it('reaches every state from the first one', () => {
    const seen = new Set<ChannelState>(['client-released']);
    for (const state of seen) for (const row of Object.values(CHANNEL_TRANSITIONS[state])) seen.add(row[0]);
    expect([...seen].sort()).toEqual(Object.keys(CHANNEL_TRANSITIONS).sort());
  });

  it('lets every state end a connection, and the waiting ones hold it until their device answers', () => {
    for (const state of Object.keys(CHANNEL_TRANSITIONS) as ChannelState[]) {
      const step = channelTransition(state, 'disconnect');
      expect(step, state).toBeDefined();
      const after = step as { next: ChannelState };
      if (holdsConnection(after.next))
        expect(walk(['device-closed'], 'closing-client-release')).toBe('client-released');
      else expect(after.next).toBe('client-released');
    }
  });

  it('has no row for the mistakes of §10.4: open twice, close twice, release of a channel that was not rescinded', () => {
    expect(channelTransition('open', 'open')).toBeUndefined();
    expect(channelTransition('opening', 'open')).toBeUndefined();
    expect(channelTransition('closed', 'close')).toBeUndefined();
    expect(channelTransition('closing', 'close')).toBeUndefined();
    for (const state of ['closed', 'opening', 'open', 'closing'] as const) {
      expect(channelTransition(state, 'release')).toBeUndefined();
    }
  });
});
