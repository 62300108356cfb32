/** The root partition's side: the worker process with its devices, the service providers, the disk images. */

export type { ByteFile } from './backends/byte-file.ts';
export { MemoryFile } from './backends/byte-file.ts';
export type { Disk } from './backends/disk.ts';
export { MemoryDisk } from './backends/disk.ts';
export { openImage } from './backends/image.ts';
export { DiskService } from './backends/service.ts';
export type { DiskModel } from './backends/service-models.ts';
export { DISK_MODELS, serviceTable } from './backends/service-models.ts';
export type { VhdDisk, VhdInfo } from './backends/vhd.ts';
export { createDynamicVhd, createFixedVhd, openVhd, repairVhd } from './backends/vhd.ts';
export type { Deferral, DeviceHost } from './devices/device-host.ts';
export type { IdeOptions } from './devices/ide.ts';
export { Ide } from './devices/ide.ts';
export { IoApic } from './devices/ioapic.ts';
export { Pic } from './devices/pic.ts';
export { ScsiDisk } from './vsp/scsi-disk.ts';
export { Storvsp } from './vsp/storvsp.ts';
export { attachVmbus } from './vsp/vmbus-attach.ts';
export type { VmbusDevice } from './vsp/vmbus-device.ts';
export { VmbusServer } from './vsp/vmbus-server.ts';
export { WorkerProcess } from './worker.ts';
