/** The guest's side: drivers that read like the ones they model, and the loads that run over them. */
export { AtaDriver } from './drivers/ata.ts';
export { AtaBios } from './drivers/ata-bios.ts';
export { AtaPort } from './drivers/ata-port.ts';
export type { BlockDriver, BlockRequest, IoResult, QueuedBlockDriver } from './drivers/block.ts';
export { detectHypervisor, Hyperv } from './drivers/hv.ts';
export { PageAllocator } from './drivers/page-allocator.ts';
export { Storvsc } from './drivers/storvsc.ts';
export { Vmbus } from './drivers/vmbus.ts';
export { VmbusChannel } from './drivers/vmbus-channel.ts';
export { EnlightenedGuest } from './enlightened.ts';
export type { GuestProfile } from './profiles/linux.ts';
export { LINUX_6_1 } from './profiles/linux.ts';
export { copyFile } from './workloads/copy-file.ts';
export { oneRequest } from './workloads/one-request.ts';
export { randomAccess } from './workloads/random-access.ts';
export { sequential } from './workloads/sequential.ts';
export { sqlTransactions } from './workloads/sql-transaction.ts';
export { WorkloadReport } from './workloads/workload.ts';
