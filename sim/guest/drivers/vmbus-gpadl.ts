/**
 * Page lists (GPADL: guest physical address descriptor list): how a guest shows the host which of its pages make up a ring or a buffer.
 *
 * A header message carries the first 26 page numbers, body messages 28 each; the host answers once the list is complete. The pages stay
 * the host's until it has confirmed the teardown. After Linux 6.1 `drivers/hv/channel.c` (create_gpadl_header, vmbus_teardown_gpadl).
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { CHANNELMSG, GPADL_BODY_PFNS, GPADL_HEADER_PFNS, VMBUS_STATUS } from '../../wire/vmbus.ts';
import { PAGE_SIZE } from './page-allocator.ts';
import type { VmbusConnection } from './vmbus-connection.ts';
import { gpadlBody, gpadlHeader, gpadlTeardown, readGpadlStatus } from './vmbus-requests.ts';

/** The longest list one header can announce: its length field has 16 bits. */
export const GPADL_MAX_PAGES = 8190;

/** Shows `pages` (guest-physical addresses) to the host for channel `relid`. Returns the list's handle, `undefined` when refused. */
export function* establishGpadl(
  connection: VmbusConnection,
  cpu: Cpu,
  relid: number,
  pages: readonly number[],
): Program<number | undefined> {
  const handle = connection.newGpadlHandle();
  const pfns = pages.map((gpa) => gpa / PAGE_SIZE);
  const reply = connection.expect(CHANNELMSG.GPADL_CREATED, [relid, handle]);
  let sent = yield* connection.post(
    cpu,
    gpadlHeader(relid, handle, pfns.length, pfns.slice(0, GPADL_HEADER_PFNS)),
  );
  for (let at = GPADL_HEADER_PFNS; sent && at < pfns.length; at += GPADL_BODY_PFNS) {
    sent = yield* connection.post(cpu, gpadlBody(handle, pfns.slice(at, at + GPADL_BODY_PFNS)));
  }
  const created = sent ? yield* connection.awaitReply(cpu, reply) : connection.forget(reply);
  if (created === undefined || readGpadlStatus(created) !== VMBUS_STATUS.SUCCESS) return undefined;
  return handle;
}

/** Takes a list back and waits until the host has let go of the pages. False when the wait was cut short by a rescind. */
export function* teardownGpadl(
  connection: VmbusConnection,
  cpu: Cpu,
  relid: number,
  handle: number,
): Program<boolean> {
  const reply = yield* connection.exchange(cpu, gpadlTeardown(relid, handle), CHANNELMSG.GPADL_TORNDOWN, [
    handle,
  ]);
  return reply !== undefined;
}
