import { describe, expect, it } from 'vitest';
import { GuestMemory } from '../../machine/memory.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import type { ChannelOffer } from '../drivers/vmbus-requests.ts';
import { driveOf } from './accelerator.ts';
import { driversIn, freebsdDevice } from './boot-drivers.ts';
import { bootProfile } from './boot-files.ts';
import { DiskOwners } from './disk-owner.ts';
import { listInitrd, packInitrd } from './initrd.ts';
import { attachesDevice, ignoresAta } from './prefer-ms-hyperv.ts';
import { HYPERV_MACHINE, readSmbios, writeSmbios } from './smbios.ts';
import { vetoes } from './veto.ts';

const DRIVE = { channel: 0, device: 0 } as const;

describe('the name of a machine', () => {
  it('is found where the firmware has put it', () => {
    const memory = new GuestMemory(2 * 1024 * 1024);
    expect(readSmbios(memory)).toBeUndefined();
    writeSmbios(memory);
    expect(readSmbios(memory)).toEqual(HYPERV_MACHINE);
  });

  it('is not believed when the sum of the entry is wrong', () => {
    const memory = new GuestMemory(2 * 1024 * 1024);
    writeSmbios(memory);
    memory.u8[0xf_0010 + 6]++;
    expect(readSmbios(memory)).toBeUndefined();
  });

  it('makes Linux ignore ATA disks and nothing else, on Hyper-V alone, unless told otherwise', () => {
    const memory = new GuestMemory(2 * 1024 * 1024);
    expect(ignoresAta(memory, 1)).toBe(false);
    writeSmbios(memory, { vendor: 'QEMU', product: 'Standard PC' });
    expect(ignoresAta(memory, 1)).toBe(false);
    writeSmbios(memory);
    expect([ignoresAta(memory, 1), ignoresAta(memory, 0)]).toEqual([true, false]);
    expect(attachesDevice('disk', true)).toBe(false);
    expect(attachesDevice('packet', true)).toBe(true);
    expect(attachesDevice('disk', false)).toBe(true);
  });
});

describe('FreeBSD’s veto', () => {
  it('is made by storvsc, on Hyper-V, of a PIIX4', () => {
    const piix4 = { vendorId: 0x8086, deviceId: 0x7111 };
    expect(vetoes(piix4, true, true)).toBe(true);
    expect(vetoes(piix4, true, false)).toBe(false);
    expect(vetoes(piix4, false, true)).toBe(false);
    expect(vetoes({ vendorId: 0x8086, deviceId: 0x7010 }, true, true)).toBe(false);
  });
});

describe('an initial RAM disk', () => {
  const files = ['a/hv_vmbus.ko', 'a/ata_piix.ko'].map((name, i) => ({
    name,
    bytes: new Uint8Array(100 + i),
  }));

  it('lists what was packed, and is as long as it shall be', () => {
    const archive = packInitrd(files, 4096);
    expect(archive).toHaveLength(4096);
    expect(listInitrd(archive)).toEqual(files.map(({ name }) => name));
  });

  it('ends at whatever makes no sense, without going round', () => {
    const archive = packInitrd(files);
    for (let cut = 0; cut < archive.length; cut += 7)
      expect(files.map(({ name }) => name)).toEqual(
        expect.arrayContaining(listInitrd(archive.subarray(0, cut)).filter((name) => name.length === 13)),
      );
    archive.fill(0x46, 54, 62);
    expect(listInitrd(archive)).toHaveLength(1);
  });

  it('decides which drivers a Linux has; a FreeBSD has them in its kernel', () => {
    const linux = bootProfile('linux').files.bios;
    const path = linux.find(({ role }) => role === 'initrd')?.path ?? '';
    expect(driversIn('linux', linux, new Map([[path, packInitrd(files)]]))).toEqual(
      new Set(['vmbus', 'ata']),
    );
    expect(driversIn('linux', linux, new Map())).toEqual(new Set());
    const bsd = bootProfile('freebsd').files.bios;
    const kernel = bsd.find(({ role }) => role === 'kernel')?.path ?? '';
    const list = Uint8Array.from(freebsdDevice('ata'), (letter) => letter.charCodeAt(0));
    expect(driversIn('freebsd', bsd, new Map([[kernel, list]]))).toEqual(new Set(['ata']));
  });
});

describe('the drive that an offer stands for', () => {
  const offer = (
    instanceGuid: string,
    user: readonly number[],
    classGuid: string = DEVICE_CLASS.IDE.guid,
  ): ChannelOffer => {
    const userData = new Uint8Array(120);
    userData.set(user);
    return {
      relid: 1,
      classGuid,
      instanceGuid,
      subChannelIndex: 0,
      flags: 0,
      mmioMegabytes: 0,
      monitorId: undefined,
      connectionId: 1,
      userData,
    };
  };
  const SECOND = '00000001-0000-8899-0000-000000000000';
  const SAYS_SECOND = [0, 0, 1, 0, 0, 0, 0, 0, 2];

  it('is named twice, and the two must agree', () => {
    expect(driveOf(offer(SECOND, SAYS_SECOND))).toEqual({ channel: 1, device: 0 });
    expect(driveOf(offer(SECOND, []))).toEqual({ channel: 1, device: 0 });
    expect(driveOf(offer(SECOND, [0, 0, 0, 1, 0, 0, 0, 0, 2]))).toBeUndefined();
  });

  it('is none for another class, or for a place that no controller has', () => {
    expect(driveOf(offer(SECOND, SAYS_SECOND, DEVICE_CLASS.SCSI.guid))).toBeUndefined();
    expect(driveOf(offer('00000002-0000-8899-0000-000000000000', []))).toBeUndefined();
    expect(driveOf(offer('f8b3781a-1e82-4818-a1c3-63d806ec15bb', []))).toBeUndefined();
  });
});

describe('the owners of a disk', () => {
  it('are one at a time, by claim and release', () => {
    const owners = new DiskOwners();
    owners.claim(DRIVE, 'firmware');
    owners.command(DRIVE, 'firmware');
    owners.release(DRIVE, 'firmware');
    owners.claim(DRIVE, 'ata');
    expect(owners.of(DRIVE)).toEqual(['ata']);
    expect(owners.held).toBe(true);
    expect(owners.changes.map(({ owner }) => owner)).toEqual(['firmware', undefined, 'ata']);
  });

  it('are told when they are two, when one is none, and when one left something behind', () => {
    const owners = new DiskOwners();
    owners.command(DRIVE, 'ata');
    owners.claim(DRIVE, 'ata');
    owners.claim(DRIVE, 'storvsc');
    owners.release(DRIVE, 'ata', 1);
    expect(owners.breaches.map(({ kind }) => kind)).toEqual(['not-owner', 'second-owner', 'in-flight']);
    expect(owners.of({ channel: 1, device: 0 })).toEqual([]);
  });
});
