/** Makers of disk images: deterministic, sparse, and accepted by the tools of the systems that they are for. */
export type { BootImage, BootImagePlan, DiskPlan, MadeFileSystem, PartitionPlan } from './boot-image.ts';
export { makeBootImage, makeDiskImage } from './boot-image.ts';
export type { ImageFile } from './content.ts';
export { seededBytes } from './content.ts';
export type { IsoPlan } from './iso-maker.ts';
export { makeIso } from './iso-maker.ts';
