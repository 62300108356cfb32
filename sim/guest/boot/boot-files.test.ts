import { describe, expect, it } from 'vitest';
import { BOOT_PROFILE_IDS, BOOT_PROFILES, bootProfile, scaledBytes } from './boot-files.ts';
import { BOOT_PHASE_IDS, BOOT_PHASES, bootPhase } from './phases.ts';

describe('boot phases', () => {
  it('knows each by its name and its place', () => {
    expect(BOOT_PHASES.map(({ id }) => id)).toEqual([...BOOT_PHASE_IDS]);
    BOOT_PHASES.forEach((phase, order) => {
      expect(phase.order).toBe(order);
      expect(bootPhase(phase.id)).toBe(phase);
    });
  });
});

describe('boot files', () => {
  it('knows every system by its name', () => {
    expect(BOOT_PROFILES.map(({ id }) => id)).toEqual([...BOOT_PROFILE_IDS]);
    for (const profile of BOOT_PROFILES) expect(bootProfile(profile.id)).toBe(profile);
  });

  it('names a source for every size, and lists the files in the order of the phases', () => {
    for (const { files } of BOOT_PROFILES) {
      for (const list of Object.values(files)) {
        const order = list.map(({ phase }) => bootPhase(phase).order);
        expect(order).toEqual([...order].sort((a, b) => a - b));
        for (const file of list) {
          expect(file.source, file.path).not.toBe('');
          expect(file.bytes, file.path).toBeGreaterThan(0);
          expect(file.lba !== undefined).toBe(file.role === 'boot-code');
        }
        expect(new Set(list.map(({ path }) => path)).size).toBe(list.length);
      }
    }
  });

  it('needs sectors outside files under a BIOS only, and has a kernel under both', () => {
    for (const { files } of BOOT_PROFILES) {
      expect(files.bios[0]).toMatchObject({ role: 'boot-code', lba: 0, bytes: 512 });
      expect(files.uefi.some(({ role }) => role === 'boot-code')).toBe(false);
      for (const list of Object.values(files)) expect(list.some(({ role }) => role === 'kernel')).toBe(true);
    }
  });

  it('scales files down to no less than a sector, and leaves boot code alone', () => {
    const [mbr, ...rest] = bootProfile('windows').files.bios;
    expect(scaledBytes(mbr, 64)).toBe(512);
    for (const file of rest) {
      expect(scaledBytes(file, 1)).toBe(file.bytes);
      expect(scaledBytes(file, 1e9)).toBe(512);
    }
  });
});
