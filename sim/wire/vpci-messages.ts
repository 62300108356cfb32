/**
 * PCI pass-through (vPCI): what a bus looks like and how its devices are brought up.
 */
import { array, bits, bytes, flexible, i32, members, u8, u16, u32, u64 } from './layout.ts';
import { vmpacketDescriptor } from './packets.ts';
import { PCI_HYPERV_C } from './sources.ts';
import { struct, union } from './struct.ts';

export const pciVersion = union(
  'pci_version',
  { source: PCI_HYPERV_C, packed: true, doc: 'major << 16 | minor.' },
  {
    parts: members({
      minor_version: u16,
      major_version: u16,
    }),
    version: u32,
  },
);

export const winSlotEncoding = union(
  'win_slot_encoding',
  { source: PCI_HYPERV_C, packed: true, doc: 'Device and function.' },
  {
    bits: members({
      ...bits(u32, { dev: 5, func: 3, reserved: 24 }),
    }),
    slot: u32,
  },
);

export const pciFunctionDescription = struct(
  'pci_function_description',
  { source: PCI_HYPERV_C, packed: true, doc: 'A function of the bus.' },
  {
    v_id: u16,
    d_id: u16,
    rev: u8,
    prog_intf: u8,
    subclass: u8,
    base_class: u8,
    subsystem_id: u32,
    win_slot: winSlotEncoding,
    ser: u32,
  },
);

export const pciFunctionDescription2 = struct(
  'pci_function_description2',
  { source: PCI_HYPERV_C, packed: true, doc: 'A function of the bus, with its NUMA node.' },
  {
    v_id: u16,
    d_id: u16,
    rev: u8,
    prog_intf: u8,
    subclass: u8,
    base_class: u8,
    subsystem_id: u32,
    win_slot: winSlotEncoding,
    ser: u32,
    flags: u32,
    virtual_numa_node: u16,
    reserved: u16,
  },
);

export const pciMessage = struct(
  'pci_message',
  { source: PCI_HYPERV_C, packed: true, doc: 'Kind of message.' },
  {
    type: u32,
  },
);

export const pciChildMessage = struct(
  'pci_child_message',
  { source: PCI_HYPERV_C, packed: true, doc: 'Kind of message and slot.' },
  {
    message_type: pciMessage,
    wslot: winSlotEncoding,
  },
);

export const pciIncomingMessage = struct(
  'pci_incoming_message',
  { source: PCI_HYPERV_C, packed: true, doc: 'A message with its packet descriptor.' },
  {
    hdr: vmpacketDescriptor,
    message_type: pciMessage,
  },
);

export const pciResponse = struct(
  'pci_response',
  { source: PCI_HYPERV_C, packed: true, doc: 'An answer with its packet descriptor.' },
  {
    hdr: vmpacketDescriptor,
    status: i32,
  },
);

export const pciVersionRequest = struct(
  'pci_version_request',
  { source: PCI_HYPERV_C, packed: true, doc: 'Guest: is this version understood?' },
  {
    message_type: pciMessage,
    protocol_version: u32,
  },
);

export const pciBusD0Entry = struct(
  'pci_bus_d0_entry',
  {
    source: PCI_HYPERV_C,
    packed: true,
    doc: 'Guest: power the bus up; configuration space is to appear here.',
  },
  {
    message_type: pciMessage,
    reserved: u32,
    mmio_base: u64,
  },
);

export const pciBusRelations = struct(
  'pci_bus_relations',
  { source: PCI_HYPERV_C, packed: true, doc: 'Host: the functions.' },
  {
    incoming: pciIncomingMessage,
    device_count: u32,
    func: flexible(pciFunctionDescription),
  },
);

export const pciBusRelations2 = struct(
  'pci_bus_relations2',
  { source: PCI_HYPERV_C, packed: true, doc: 'Host: the functions, second form.' },
  {
    incoming: pciIncomingMessage,
    device_count: u32,
    func: flexible(pciFunctionDescription2),
  },
);

export const pciQResReqResponse = struct(
  'pci_q_res_req_response',
  { source: PCI_HYPERV_C, packed: true, doc: 'Host: the address space that a function wants.' },
  {
    hdr: vmpacketDescriptor,
    status: i32,
    probed_bar: array(u32, 6),
  },
);

export const pciSetPower = struct(
  'pci_set_power',
  { source: PCI_HYPERV_C, packed: true, doc: 'Guest: set the power state.' },
  {
    message_type: pciMessage,
    wslot: winSlotEncoding,
    power_state: u32,
    reserved: u32,
  },
);

export const pciSetPowerResponse = struct(
  'pci_set_power_response',
  { source: PCI_HYPERV_C, packed: true, doc: 'Host: answer.' },
  {
    hdr: vmpacketDescriptor,
    status: i32,
    wslot: winSlotEncoding,
    resultant_state: u32,
    reserved: u32,
  },
);

export const pciResourcesAssigned = struct(
  'pci_resources_assigned',
  { source: PCI_HYPERV_C, packed: true, doc: 'Guest: addresses for a function.' },
  {
    message_type: pciMessage,
    wslot: winSlotEncoding,
    memory_range: array(array(u8, 6), 20),
    msi_descriptors: u32,
    reserved: array(u32, 4),
  },
);

export const pciResourcesAssigned2 = struct(
  'pci_resources_assigned2',
  { source: PCI_HYPERV_C, packed: true, doc: 'Guest: addresses for a function, second form.' },
  {
    message_type: pciMessage,
    wslot: winSlotEncoding,
    memory_range: array(array(u8, 6), 20),
    msi_descriptor_count: u32,
    reserved: bytes(70),
  },
);

export const pciReadBlock = struct(
  'pci_read_block',
  { source: PCI_HYPERV_C, packed: true, doc: 'Guest: read a block of the back channel.' },
  {
    message_type: pciMessage,
    block_id: u32,
    wslot: winSlotEncoding,
    bytes_requested: u32,
  },
);

export const pciReadBlockResponse = struct(
  'pci_read_block_response',
  { source: PCI_HYPERV_C, packed: true, doc: 'Host: the block.' },
  {
    hdr: vmpacketDescriptor,
    status: u32,
    bytes: bytes(128),
  },
);

export const pciWriteBlock = struct(
  'pci_write_block',
  { source: PCI_HYPERV_C, packed: true, doc: 'Guest: write a block.' },
  {
    message_type: pciMessage,
    block_id: u32,
    wslot: winSlotEncoding,
    byte_count: u32,
    bytes: bytes(128),
  },
);

export const pciDevInvalBlock = struct(
  'pci_dev_inval_block',
  { source: PCI_HYPERV_C, packed: true, doc: 'Host: blocks changed.' },
  {
    incoming: pciIncomingMessage,
    wslot: winSlotEncoding,
    block_mask: u64,
  },
);

export const pciDevIncoming = struct(
  'pci_dev_incoming',
  { source: PCI_HYPERV_C, packed: true, doc: 'Host: a message about one function.' },
  {
    incoming: pciIncomingMessage,
    wslot: winSlotEncoding,
  },
);

export const pciEjectResponse = struct(
  'pci_eject_response',
  { source: PCI_HYPERV_C, packed: true, doc: 'Guest: the function is out of use.' },
  {
    message_type: pciMessage,
    wslot: winSlotEncoding,
    status: u32,
  },
);
