// The yardstick of engine.mjs: the HOLD model on std::priority_queue.
//
// usage: hold <pending> <events> <repetitions> <table file>     (table: 8191 doubles, little endian)
// prints: {"seconds": <median CPU time>, "hash": <order hash>, "now": <final time>}
//
// An entry is 16 bytes: time, sequence number (first come first served), handler and argument. The pop is one top() and one pop(),
// the call is indirect, as in the engine that is compared with it.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <queue>
#include <vector>

namespace {

constexpr uint32_t kTable = 8191;

struct Event {
  double at;
  uint32_t sequence;
  uint32_t call;  // argument * 4 + handler
};

struct Later {
  bool operator()(const Event& x, const Event& y) const {
    return x.at > y.at || (x.at == y.at && x.sequence > y.sequence);
  }
};

struct Simulation {
  std::priority_queue<Event, std::vector<Event>, Later> pending;
  double now = 0;
  uint32_t sequence = 0;
  uint32_t cursor = 0;
  uint32_t acc = 0;
  double table[kTable];

  void post(double at, uint32_t handler, uint32_t argument) { pending.push(Event{at, sequence++, argument * 4 + handler}); }

  double draw() {
    const double d = table[cursor];
    cursor = cursor + 1 == kTable ? 0 : cursor + 1;
    return d;
  }
};

template <uint32_t H>
void fire(Simulation& s, uint32_t argument) {
  s.acc = s.acc * 31 + argument + H;
  s.post(s.now + s.draw(), H, argument);
}

using Handler = void (*)(Simulation&, uint32_t);
Handler volatile handlers[4] = {fire<0>, fire<1>, fire<2>, fire<3>};

void run(Simulation& s, uint64_t events) {
  for (uint64_t i = 0; i < events; i++) {
    const Event e = s.pending.top();
    s.pending.pop();
    s.now = e.at;
    handlers[e.call & 3](s, e.call >> 2);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const uint32_t n = static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10));
  const uint64_t events = std::strtoull(argv[2], nullptr, 10);
  const int repetitions = std::atoi(argv[3]);
  static Simulation s;
  FILE* file = std::fopen(argv[4], "rb");
  if (!file || std::fread(s.table, sizeof(double), kTable, file) != kTable) return 2;
  std::fclose(file);
  std::vector<double> seconds;
  for (int r = 0; r <= repetitions; r++) {
    s.pending = {};
    s.now = 0;
    s.sequence = s.cursor = s.acc = 0;
    for (uint32_t i = 0; i < n; i++) s.post(s.table[i % kTable], i & 3, i);
    run(s, n);
    const std::clock_t start = std::clock();
    run(s, events);
    const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (r > 0) seconds.push_back(took);
  }
  std::sort(seconds.begin(), seconds.end());
  std::printf("{\"seconds\": %.9f, \"hash\": %u, \"now\": %.0f}\n", seconds[seconds.size() / 2], s.acc, s.now);
}
