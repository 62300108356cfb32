/**
 * Dynamic memory: the guest reports pressure, the host takes pages (balloon) or adds some (hot add).
 */
import { bits, flexible, inline, members, u8, u16, u32, u64 } from './layout.ts';
import { HV_BALLOON_C } from './sources.ts';
import { struct, union } from './struct.ts';

export const dmVersion = union(
  'dm_version',
  { source: HV_BALLOON_C, packed: true, doc: 'major << 16 | minor.' },
  {
    ...inline({
      minor_version: u16,
      major_version: u16,
    }),
    version: u32,
  },
);

export const dmCaps = union(
  'dm_caps',
  { source: HV_BALLOON_C, packed: true, doc: 'What the guest can do.' },
  {
    cap_bits: members({
      ...bits(u64, { balloon: 1, hot_add: 1, hot_add_alignment: 4, reservedz: 58 }),
    }),
    caps: u64,
  },
);

export const dmMemPageRange = union(
  'dm_mem_page_range',
  { source: HV_BALLOON_C, packed: true, doc: 'A range of pages.' },
  {
    finfo: members({
      ...bits(u64, { start_page: 40, page_cnt: 24 }),
    }),
    page_range: u64,
  },
);

export const dmHeader = struct(
  'dm_header',
  { source: HV_BALLOON_C, packed: true, doc: 'Kind, size and number of a message.' },
  {
    type: u16,
    size: u16,
    trans_id: u32,
  },
);

export const dmMessage = struct(
  'dm_message',
  { source: HV_BALLOON_C, packed: true, doc: 'Header and body.' },
  {
    hdr: dmHeader,
    data: flexible(u8),
  },
);

export const dmVersionRequest = struct(
  'dm_version_request',
  { source: HV_BALLOON_C, packed: true, doc: 'Guest: is this version understood?' },
  {
    hdr: dmHeader,
    version: dmVersion,
    ...bits(u32, { is_last_attempt: 1, reservedz: 31 }),
  },
);

export const dmVersionResponse = struct(
  'dm_version_response',
  { source: HV_BALLOON_C, packed: true, doc: 'Host: answer.' },
  {
    hdr: dmHeader,
    ...bits(u64, { is_accepted: 1, reservedz: 63 }),
  },
);

export const dmCapabilities = struct(
  'dm_capabilities',
  { source: HV_BALLOON_C, packed: true, doc: 'Guest: what it can do.' },
  {
    hdr: dmHeader,
    caps: dmCaps,
    min_page_cnt: u64,
    max_page_number: u64,
  },
);

export const dmCapabilitiesRespMsg = struct(
  'dm_capabilities_resp_msg',
  { source: HV_BALLOON_C, packed: true, doc: 'Host: answer.' },
  {
    hdr: dmHeader,
    ...bits(u64, { is_accepted: 1, reservedz: 63 }),
  },
);

export const dmStatus = struct(
  'dm_status',
  { source: HV_BALLOON_C, packed: true, doc: 'Guest: pressure.' },
  {
    hdr: dmHeader,
    num_avail: u64,
    num_committed: u64,
    page_file_size: u64,
    zero_free: u64,
    page_file_writes: u32,
    io_diff: u32,
  },
);

export const dmBalloon = struct(
  'dm_balloon',
  { source: HV_BALLOON_C, packed: true, doc: 'Host: give pages.' },
  {
    hdr: dmHeader,
    num_pages: u32,
    reservedz: u32,
  },
);

export const dmBalloonResponse = struct(
  'dm_balloon_response',
  { source: HV_BALLOON_C, packed: true, doc: 'Guest: these.' },
  {
    hdr: dmHeader,
    reservedz: u32,
    ...bits(u32, { more_pages: 1, range_count: 31 }),
    range_array: flexible(dmMemPageRange),
  },
);

export const dmUnballoonRequest = struct(
  'dm_unballoon_request',
  { source: HV_BALLOON_C, packed: true, doc: 'Host: take them back.' },
  {
    hdr: dmHeader,
    ...bits(u32, { more_pages: 1, reservedz: 31 }),
    range_count: u32,
    range_array: flexible(dmMemPageRange),
  },
);

export const dmUnballoonResponse = struct(
  'dm_unballoon_response',
  { source: HV_BALLOON_C, packed: true, doc: 'Guest: done.' },
  {
    hdr: dmHeader,
  },
);

export const dmHotAdd = struct(
  'dm_hot_add',
  { source: HV_BALLOON_C, packed: true, doc: 'Host: here is more memory.' },
  {
    hdr: dmHeader,
    range: dmMemPageRange,
  },
);

export const dmHotAddResponse = struct(
  'dm_hot_add_response',
  { source: HV_BALLOON_C, packed: true, doc: 'Guest: done.' },
  {
    hdr: dmHeader,
    page_count: u32,
    result: u32,
  },
);

export const dmInfoHeader = struct(
  'dm_info_header',
  { source: HV_BALLOON_C, packed: true, doc: 'Kind and size of an information.' },
  {
    type: u32,
    data_size: u32,
  },
);

export const dmInfoMsg = struct(
  'dm_info_msg',
  { source: HV_BALLOON_C, doc: 'Host: information.' },
  {
    hdr: dmHeader,
    reserved: u32,
    info_size: u32,
    info: flexible(u8),
  },
);
