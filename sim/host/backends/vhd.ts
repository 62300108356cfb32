/** VHD, the disk format of Virtual PC, Hyper-V and Azure: open, make, repair. */
export { type CreateVhdOptions, createDynamicVhd, createFixedVhd } from './vhd-create.ts';
export { type OpenVhdOptions, openVhd, repairVhd, type VhdDisk, type VhdInfo } from './vhd-open.ts';
