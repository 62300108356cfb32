/**
 * What a disk is called, by each of its roads: the ATA answer to IDENTIFY DEVICE, the SCSI answer to INQUIRY. The bytes behind them are the
 * same; the names are not, since two different emulations give them.
 */
import type { Program } from '../../core/program.ts';
import { VPD } from '../../wire/scsi.ts';
import { inquiryCdb } from '../../wire/scsi-cdb.ts';
import type { StorvscQueue } from '../drivers/storvsc-queue.ts';
import type { FoundDisk } from '../drivers/storvsc-scan.ts';

/** How a disk introduces itself. */
export interface DiskName {
  readonly model: string;
  readonly serial: string;
}

const VPD_BYTES = 68;
const VPD_HEADER = 4;

/** The name of a disk behind storvsc: what the scan found, and page 80h for the serial number. `page` is a page of memory. */
export function* scsiName(queue: StorvscQueue, disk: FoundDisk, page: number): Program<DiskName> {
  const { cpu, channel } = queue;
  let answer: Uint8Array | undefined;
  const cdb = inquiryCdb(VPD_BYTES, VPD.SERIAL_NUMBER);
  const put = queue.issueCommand(
    { address: disk.address, cdb, gpa: page, bytes: VPD_BYTES },
    (completion) => {
      answer = cpu.memory.read(page, completion.succeeded ? completion.transferred : 0);
    },
  );
  if (put && channel.mustSignal(put)) yield* channel.signal(cpu);
  while (put && answer === undefined && channel.state === 'open') yield* cpu.hlt();
  const serial = String.fromCharCode(...(answer ?? new Uint8Array(0)).subarray(VPD_HEADER)).trim();
  return { model: `${disk.vendor} ${disk.product}`, serial };
}
