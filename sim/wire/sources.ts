/** Where declared layouts were taken from: files of the Linux tree, version 6.1. Facts only; no code of these files is here. */
export const HID_H = 'Linux include/linux/hid.h';
export const HID_HYPERV_C = 'Linux drivers/hid/hid-hyperv.c';
export const HV_BALLOON_C = 'Linux drivers/hv/hv_balloon.c';
export const HYPERV_DRM_PROTO_C = 'Linux drivers/gpu/drm/hyperv/hyperv_drm_proto.c';
export const HYPERV_H = 'Linux include/linux/hyperv.h';
export const HYPERV_KEYBOARD_C = 'Linux drivers/input/serio/hyperv-keyboard.c';
export const HYPERV_NET_H = 'Linux drivers/net/hyperv/hyperv_net.h';
export const HYPERV_TLFS_H = 'Linux include/asm-generic/hyperv-tlfs.h';
export const HYPERV_TRANSPORT_C = 'Linux net/vmw_vsock/hyperv_transport.c';
export const HYPERV_VMBUS_H = 'Linux drivers/hv/hyperv_vmbus.h';
export const PCI_HYPERV_C = 'Linux drivers/pci/controller/pci-hyperv.c';
export const RNDIS_H = 'Linux include/linux/rndis.h';
export const STORVSC_DRV_C = 'Linux drivers/scsi/storvsc_drv.c';
export const UAPI_HYPERV_H = 'Linux include/uapi/linux/hyperv.h';
export const X86_HYPERV_TLFS_H = 'Linux arch/x86/include/asm/hyperv-tlfs.h';
