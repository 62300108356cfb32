// The yardstick of ring.mjs: a ring of packets in plain memory, one producer and one consumer in turn.
//
// usage: ring <payload bytes, a multiple of 8> <packets> <repetitions>
// prints: {"seconds": <median CPU time>, "hash": <over transaction ids, first words and lengths>}
//
// 256 KiB of data behind a control page. A packet is a 16-byte descriptor (type, offset and length in units of 8 bytes, flags, 64-bit
// transaction id), the payload, and an 8-byte trailer with the packet's offset; everything may wrap at a multiple of 8. Sixteen packets
// are written, then sixteen are read; the payload is copied in and out, and what comes out is checked.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

namespace {

constexpr uint32_t kPage = 4096;
constexpr uint32_t kSize = 256 * 1024;
constexpr uint32_t kBurst = 16;
constexpr uint16_t kInBand = 6;

struct Descriptor {
  uint16_t type;
  uint16_t offset8;
  uint16_t length8;
  uint16_t flags;
  uint64_t tid;
};

struct Control {
  uint32_t write;
  uint32_t read;
  uint32_t mask;
  uint32_t pending;
};

struct Ring {
  Control* control;
  uint8_t* data;

  uint32_t wrap(uint32_t at) const { return at >= kSize ? at - kSize : at; }

  void in(uint32_t at, const void* from, uint32_t length) {
    const uint32_t piece = std::min(length, kSize - at);
    std::memcpy(data + at, from, piece);
    if (piece < length) std::memcpy(data, static_cast<const uint8_t*>(from) + piece, length - piece);
  }

  void out(uint32_t at, void* into, uint32_t length) const {
    const uint32_t piece = std::min(length, kSize - at);
    std::memcpy(into, data + at, piece);
    if (piece < length) std::memcpy(static_cast<uint8_t*>(into) + piece, data, length - piece);
  }

  // 0: full. 1: written. 2: written, and the reader is to be signalled.
  int put(uint64_t tid, const uint8_t* payload, uint32_t length) {
    const uint32_t needed = sizeof(Descriptor) + length + 8;
    const uint32_t write = control->write;
    const uint32_t read = control->read;
    const uint32_t free = read > write ? read - write : kSize - write + read;
    if (free <= needed) return 0;
    const Descriptor d{kInBand, 2, static_cast<uint16_t>((16 + length) / 8), 1, tid};
    in(write, &d, sizeof d);
    in(wrap(write + 16), payload, length);
    const uint64_t trailer = static_cast<uint64_t>(write) << 32;
    in(wrap(write + 16 + length), &trailer, 8);
    control->write = wrap(write + needed);
    return control->mask == 0 && control->read == write ? 2 : 1;
  }

  // Length of the payload, -1 when the ring is empty or broken.
  int32_t take(uint64_t* tid, uint8_t* into) {
    const uint32_t write = control->write;
    const uint32_t read = control->read;
    const uint32_t available = write >= read ? write - read : kSize - read + write;
    if (available < sizeof(Descriptor) + 8) return -1;
    Descriptor d;
    out(read, &d, sizeof d);
    const uint32_t offset = d.offset8 * 8u;
    const uint32_t length = d.length8 * 8u;
    if (offset < sizeof(Descriptor) || length < offset || length + 8 > available || d.type != kInBand) return -1;
    out(wrap(read + offset), into, length - offset);
    *tid = d.tid;
    control->read = wrap(read + length + 8);
    return static_cast<int32_t>(length - offset);
  }
};

uint32_t run(Ring& ring, uint32_t bytes, uint32_t packets, uint32_t first, std::vector<uint8_t>& from, std::vector<uint8_t>& into) {
  uint32_t hash = 0;
  for (uint32_t at = first; at < first + packets; at += kBurst) {
    for (uint32_t i = 0; i < kBurst; i++) {
      std::memcpy(from.data(), &at, 4);
      if (ring.put(at + i, from.data(), bytes) == 0) std::abort();
    }
    for (uint32_t i = 0; i < kBurst; i++) {
      uint64_t tid = 0;
      const int32_t length = ring.take(&tid, into.data());
      uint32_t word = 0;
      std::memcpy(&word, into.data(), 4);
      if (length != static_cast<int32_t>(bytes) || word != at || tid != at + i) std::abort();
      hash = hash * 31 + static_cast<uint32_t>(tid) + word + length;
    }
  }
  return hash;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 1;
  const uint32_t bytes = std::atoi(argv[1]);
  const uint32_t packets = std::atoi(argv[2]);
  const int repetitions = std::atoi(argv[3]);
  uint8_t* memory = static_cast<uint8_t*>(std::aligned_alloc(kPage, kPage + kSize));
  std::memset(memory, 0, kPage + kSize);
  Ring ring{reinterpret_cast<Control*>(memory), memory + kPage};
  std::vector<uint8_t> from(bytes, 0x5a), into(bytes, 0);
  run(ring, bytes, packets / 4, 0, from, into);
  std::vector<double> seconds;
  uint32_t hash = 0;
  for (int i = 0; i < repetitions; i++) {
    const clock_t start = std::clock();
    hash = run(ring, bytes, packets, 0, from, into);
    seconds.push_back(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  std::sort(seconds.begin(), seconds.end());
  std::printf("{\"seconds\": %.6f, \"hash\": %u}\n", seconds[seconds.size() / 2], hash);
  return 0;
}
