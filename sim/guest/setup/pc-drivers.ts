/**
 * The drivers for the emulated PC that every system brings by itself: which file lists the ids, and what a device manager calls the device.
 */
import { GEN1_PCI } from '../../wire/pci.ts';
import type { Evidence } from '../profiles/system.ts';
import type { Driver, DriverRole } from './drivers.ts';
import { ANY_DISK, acpiId, IDE_CHANNEL, pciClassId, pciId } from './hardware-ids.ts';

/** Families of systems with drivers of their own. */
export type SystemFamily = 'windows' | 'linux' | 'freebsd' | 'other';

const id = ({ vendorId, deviceId }: { readonly vendorId: number; readonly deviceId: number }): string =>
  pciId(vendorId, deviceId);

/** Ids of the emulated devices. */
export const PC_ID = {
  SYSTEM: acpiId('PNP0C08'),
  PCI_ROOT: acpiId('PNP0A03'),
  HOST_BRIDGE: id(GEN1_PCI.HOST_BRIDGE),
  ISA_BRIDGE: id(GEN1_PCI.ISA_BRIDGE),
  IDE: id(GEN1_PCI.IDE),
  POWER: id(GEN1_PCI.POWER),
  VIDEO: id(GEN1_PCI.VIDEO),
  ANY_VIDEO: pciClassId(GEN1_PCI.VIDEO.classCode),
  LEGACY_NIC: id(GEN1_PCI.LEGACY_NIC),
  KEYBOARD: acpiId('PNP0303'),
  MOUSE: acpiId('PNP0F03'),
  TIMER: acpiId('PNP0100'),
  CLOCK: acpiId('PNP0B00'),
  VMBUS: acpiId('VMBUS'),
} as const;

type Row = readonly [
  name: string,
  matches: readonly string[],
  title: string,
  listedIn: string,
  role?: DriverRole,
];

const rows = (evidence: Evidence, source: string, list: readonly Row[]): Driver[] =>
  list.map(([name, matches, title, listedIn, role = 'pc']) => ({
    id: name,
    role,
    matches,
    title,
    listedIn,
    evidence,
    source,
  }));

const WINDOWS = rows('recalled', 'names as Device Manager shows them; INF files of Windows', [
  ['acpi', [PC_ID.SYSTEM], 'Microsoft ACPI-Compliant System', 'acpi.inf'],
  ['pci', [PC_ID.PCI_ROOT], 'PCI bus', 'machine.inf'],
  ['hostbridge', [PC_ID.HOST_BRIDGE], 'Intel 82443BX Processor to PCI bridge', 'machine.inf'],
  ['isapnp', [PC_ID.ISA_BRIDGE], 'Intel 82371AB/EB PCI to ISA bridge', 'machine.inf'],
  ['intelide', [PC_ID.IDE], 'Intel 82371AB/EB PCI Bus Master IDE Controller', 'mshdc.inf', 'ide'],
  ['atapi', [IDE_CHANNEL], 'IDE Channel', 'mshdc.inf'],
  ['disk', [ANY_DISK], 'disk', 'disk.inf', 'disk'],
  ['power', [PC_ID.POWER], 'Intel 82371AB/EB Power management', 'machine.inf'],
  ['vgasave', [PC_ID.ANY_VIDEO], 'Standard VGA Graphics Adapter', 'display.inf'],
  ['i8042prt', [PC_ID.KEYBOARD], 'Standard PS/2 Keyboard', 'keyboard.inf'],
  ['mouse', [PC_ID.MOUSE], 'Microsoft PS/2 Mouse', 'msmouse.inf'],
  ['timer', [PC_ID.TIMER], 'System timer', 'machine.inf'],
  ['clock', [PC_ID.CLOCK], 'System CMOS/real time clock', 'machine.inf'],
]);

const WINDOWS_NIC = rows('read', 'Microsoft, "Hyper-V FAQ"; logs of Windows guests name the adapter so', [
  [
    'dc21x4',
    [PC_ID.LEGACY_NIC],
    'Intel 21140-Based PCI Fast Ethernet Adapter (Emulated)',
    'netdc21x4 (name of the file not known)',
  ],
]);

const LINUX = rows('recalled', 'Linux, MODULE_DEVICE_TABLE of the modules; names of pci.ids', [
  ['acpi', [PC_ID.SYSTEM], 'ACPI', 'drivers/acpi/bus.c'],
  ['pci', [PC_ID.PCI_ROOT], 'PCI bus 0000:00', 'drivers/acpi/pci_root.c'],
  ['host bridge', [PC_ID.HOST_BRIDGE], 'Intel 440BX/ZX/DX Host bridge', 'no driver needed'],
  ['ISA bridge', [PC_ID.ISA_BRIDGE], 'Intel 82371AB/EB/MB PIIX4 ISA', 'no driver needed'],
  ['ata_piix', [PC_ID.IDE], 'Intel 82371AB/EB/MB PIIX4 IDE', 'drivers/ata/ata_piix.c', 'ide'],
  ['libata', [IDE_CHANNEL], 'ata port', 'drivers/ata/libata-core.c'],
  ['sd', [ANY_DISK], 'disk', 'drivers/scsi/sd.c', 'disk'],
  ['i2c_piix4', [PC_ID.POWER], 'Intel 82371AB/EB/MB PIIX4 ACPI', 'drivers/i2c/busses/i2c-piix4.c'],
  ['vgacon', [PC_ID.ANY_VIDEO], 'Microsoft Hyper-V virtual VGA', 'drivers/video/console/vgacon.c'],
  ['atkbd', [PC_ID.KEYBOARD], 'AT Translated Set 2 keyboard', 'drivers/input/serio/i8042-acpipnpio.h'],
  ['psmouse', [PC_ID.MOUSE], 'PS/2 mouse', 'drivers/input/serio/i8042-acpipnpio.h'],
  ['i8253', [PC_ID.TIMER], 'timer/counter', 'arch/x86/kernel/i8253.c'],
  ['rtc_cmos', [PC_ID.CLOCK], 'rtc0', 'drivers/rtc/rtc-cmos.c'],
  ['tulip', [PC_ID.LEGACY_NIC], 'DEC DS21140 Ethernet', 'drivers/net/ethernet/dec/tulip/tulip_core.c'],
]);

const FREEBSD = rows('recalled', 'FreeBSD, probe routines of the drivers', [
  ['acpi', [PC_ID.SYSTEM], 'acpi0', 'sys/dev/acpica/acpi.c'],
  ['pcib', [PC_ID.PCI_ROOT], 'pci0', 'sys/dev/acpica/acpi_pcib_acpi.c'],
  ['hostb', [PC_ID.HOST_BRIDGE], 'hostb0', 'sys/dev/pci/hostb_pci.c'],
  ['isab', [PC_ID.ISA_BRIDGE], 'isab0', 'sys/dev/pci/isa_pci.c'],
  ['atapci', [PC_ID.IDE], 'Intel PIIX4 UDMA33 controller', 'sys/dev/ata/chipsets/ata-intel.c', 'ide'],
  ['ata', [IDE_CHANNEL], 'ATA channel', 'sys/dev/ata/ata-pci.c'],
  ['da', [ANY_DISK], 'disk', 'sys/cam/scsi/scsi_da.c', 'disk'],
  ['intpm', [PC_ID.POWER], 'intsmb0', 'sys/dev/intpm/intpm.c'],
  ['vgapci', [PC_ID.ANY_VIDEO], 'VGA-compatible display', 'sys/dev/pci/vga_pci.c'],
  ['atkbd', [PC_ID.KEYBOARD], 'AT Keyboard', 'sys/dev/atkbdc/atkbd_atkbdc.c'],
  ['psm', [PC_ID.MOUSE], 'PS/2 Mouse', 'sys/dev/atkbdc/psm.c'],
  ['attimer', [PC_ID.TIMER], 'AT timer', 'sys/x86/isa/atrtc.c'],
  ['atrtc', [PC_ID.CLOCK], 'AT realtime clock', 'sys/x86/isa/atrtc.c'],
  ['dc', [PC_ID.LEGACY_NIC], 'Intel 21140A 10/100BaseTX', 'sys/dev/dc/if_dc.c'],
]);

/** A system that nobody names: it knows the devices of a PC by their kind. */
const OTHER = rows('inferred', 'by definition: it serves a PC', [
  ['system', [PC_ID.SYSTEM], 'PC', ''],
  ['pci', [PC_ID.PCI_ROOT], 'PCI bus', ''],
  ['bridge', [PC_ID.HOST_BRIDGE, PC_ID.ISA_BRIDGE], 'bridge', ''],
  ['power', [PC_ID.POWER], 'power management', ''],
  ['ide', [PC_ID.IDE], 'IDE controller', '', 'ide'],
  ['channel', [IDE_CHANNEL], 'IDE channel', ''],
  ['disk', [ANY_DISK], 'disk', '', 'disk'],
  ['vga', [PC_ID.ANY_VIDEO], 'VGA', ''],
  ['keyboard', [PC_ID.KEYBOARD], 'keyboard', ''],
  ['mouse', [PC_ID.MOUSE], 'mouse', ''],
  ['timer', [PC_ID.TIMER], 'timer', ''],
  ['clock', [PC_ID.CLOCK], 'clock', ''],
  ['tulip', [PC_ID.LEGACY_NIC], '21140 network adapter', ''],
]);

/** By family, for the emulated devices of a generation 1 machine. */
export const PC_DRIVERS: Readonly<Record<SystemFamily, readonly Driver[]>> = {
  windows: [...WINDOWS, ...WINDOWS_NIC],
  linux: LINUX,
  freebsd: FREEBSD,
  other: OTHER,
};
