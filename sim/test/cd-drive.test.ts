/** A guest's CD driver on a whole machine: exits of a command as libata's accesses add up, errors, and a disc that is exchanged. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../core/program.ts';
import { enableIdeBusMaster } from '../guest/drivers/ata-pci.ts';
import { AtaPort } from '../guest/drivers/ata-port.ts';
import { classify, softReset } from '../guest/drivers/ata-probe.ts';
import { AtapiDriver } from '../guest/drivers/atapi.ts';
import { AtapiDisc } from '../guest/drivers/atapi-disc.ts';
import { ApicInterrupts } from '../guest/drivers/pc-interrupts.ts';
import type { AtapiDrive } from '../host/devices/atapi-drive.ts';
import { Lab } from '../lab/lab.ts';
import { makeIso } from '../lab/media/index.ts';
import { ASC, SENSE_KEY } from '../wire/scsi.ts';
import { blockCdb, readCapacity10Cdb, testUnitReadyCdb } from '../wire/scsi-cdb.ts';

const BUFFER = 0x10_0000;
const disc = (seed: number) => makeIso({ label: 'DISC', files: [{ path: '/A.BIN', size: 100_000, seed }] });

function setUp() {
  const image = disc(1);
  const machine = new Lab(1, { traceRows: 0 }).machine({ era: '2012', disc: image });
  const { cpu, partition } = machine;
  const drive = machine.ide.channels[1].packetDrive(0) as AtapiDrive;
  const counted = <T>(program: Program<T>): { value: T; exits: number } => {
    const before = partition.counters.snapshot().deviceIntercepts;
    const value = cpu.finish(program);
    return { value, exits: partition.counters.snapshot().deviceIntercepts - before };
  };
  const driver = cpu.finish(
    (function* () {
      const port = new AtaPort(cpu, 1, yield* enableIdeBusMaster(cpu));
      yield* softReset(port);
      expect(yield* classify(port, 0)).toBe('packet');
      expect(yield* classify(port, 1)).toBe('none');
      const made = new AtapiDriver({
        port,
        interrupts: new ApicInterrupts(cpu),
        table: 0x8000,
        page: 0x9000,
      });
      expect((yield* made.identify())?.model).toBe('Virtual CD');
      yield* made.attach();
      yield* made.packet(testUnitReadyCdb());
      return made;
    })(),
  );
  return { machine, image, drive, driver, counted, cpu };
}

describe('the CD driver of a guest', () => {
  it('takes 29 intercepts for a read by bus master, whatever its size, and by ports more with every block', () => {
    const { driver, counted, image, cpu } = setUp();
    const read = (blocks: number, dma: boolean) =>
      counted(driver.packet(blockCdb('read', 20, blocks), BUFFER, blocks * 2048, dma));
    expect([read(1, true).exits, read(32, true).exits]).toEqual([29, 29]);
    const small = read(1, false).exits;
    const large = read(32, false).exits;
    // Task file and packet 16, a block 12 and one for every 1 024 words, the end 4. Linux asks for 63 KiB at once: 64 are two blocks.
    expect([small, large]).toEqual([16 + 12 + 1 + 4, 16 + 2 * 12 + 33 + 4]);
    const right = new Uint8Array(0x1_0000);
    image.read(80, 128, right);
    expect(cpu.memory.read(BUFFER, right.length)).toEqual(right);
  });

  it('learns from REQUEST SENSE why a command came to nothing', () => {
    const { driver, counted, drive } = setUp();
    const beyond = counted(driver.packet(blockCdb('read', 1_000_000, 1), BUFFER, 2048, true)).value;
    expect(beyond).toEqual({
      kind: 'check',
      sense: { key: SENSE_KEY.ILLEGAL_REQUEST, code: ASC.LBA_OUT_OF_RANGE },
    });
    drive.medium.remove();
    expect(counted(driver.packet(readCapacity10Cdb(), BUFFER, 8)).value).toMatchObject({
      sense: { key: SENSE_KEY.NOT_READY, code: ASC.MEDIUM_NOT_PRESENT_TRAY_OPEN },
    });
  });

  it('sees that the disc is another one, and reads the new one', () => {
    const { driver, counted, drive, cpu } = setUp();
    const medium = new AtapiDisc(driver, { dma: true, page: 0xa000 });
    expect(counted(medium.open()).value).toBe(true);
    const other = disc(2);
    drive.medium.insert(other);
    expect(counted(driver.packet(testUnitReadyCdb())).value).toMatchObject({
      sense: { key: SENSE_KEY.UNIT_ATTENTION, code: ASC.NOT_READY_TO_READY_CHANGE },
    });
    expect(counted(medium.open()).value).toBe(true);
    expect(counted(medium.read(80, 128, BUFFER)).value.kind).toBe('ok');
    const right = new Uint8Array(0x1_0000);
    other.read(80, 128, right);
    expect(cpu.memory.read(BUFFER, right.length)).toEqual(right);
    expect(counted(medium.read(81, 4, BUFFER)).value.kind).toBe('failed');
    drive.medium.remove();
    expect(counted(medium.open()).value).toBe(false);
  });
});
