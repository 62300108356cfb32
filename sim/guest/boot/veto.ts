/**
 * FreeBSD's way: the ATA layer finds the disk and sets it up; before its disk driver takes it, everybody who wants to may object. storvsc
 * objects to every ATA disk of a PIIX4 controller in a Hyper-V machine, since it will bring the same disk itself.
 *
 * The objection is made by storvsc. Where storvsc is not loaded nobody objects, and the emulated disk is used.
 *
 * Source: FreeBSD `sys/dev/hyperv/storvsc/hv_storvsc_drv_freebsd.c` (storvsc_ada_probe_veto). FreeBSD 10.0 claimed the PCI function
 * instead (`sys/dev/hyperv/stordisengage/hv_ata_pci_disengage.c`), with `hw.ata.disk_enable=1` against it.
 */
import { GEN1_PCI } from '../../wire/pci.ts';

/** What storvsc is asked about. */
export interface FoundAtaDisk {
  readonly vendorId: number;
  readonly deviceId: number;
}

/** Whether storvsc objects. `hyperv`: the kernel found itself on Hyper-V; `loaded`: storvsc is there to object. */
export function vetoes({ vendorId, deviceId }: FoundAtaDisk, hyperv: boolean, loaded: boolean): boolean {
  const { IDE } = GEN1_PCI;
  return loaded && hyperv && vendorId === IDE.vendorId && deviceId === IDE.deviceId;
}
