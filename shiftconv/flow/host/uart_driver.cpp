// A board with a serial line: the Verilated model, and the line's other end on stdin and stdout.
//
// Usage: driver SIXTEENTHS IDLE_CYCLES
//
// A bit lasts SIXTEENTHS / 16 cycles. Bytes from stdin go to the pin rx; bytes from the pin tx go to
// stdout. When nothing has moved on either pin for IDLE_CYCLES cycles, time stands still until
// another byte comes. Ends when stdin does and nothing has moved for as long.

#ifdef __linux__
#include <sys/prctl.h>
#include <csignal>
#endif
#include <poll.h>
#include <unistd.h>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "Vdut.h"
#include "verilated.h"

namespace {

constexpr int kResetCycles = 4;
constexpr int kBits = 10;
constexpr int64_t kPollCycles = 64;

// A byte on its way from the host, bit by bit.
struct Sender {
    int64_t sixteenths, begin = 0;
    int bits = 0, left = 0;
    bool idle() const { return left == 0; }
    void start(uint8_t byte, int64_t cycle) {
        bits = (byte << 1) | 1 << (kBits - 1);
        begin = cycle;
        left = kBits;
    }
    int level(int64_t cycle) {
        while (left && (cycle - begin) * 16 >= (kBits - left + 1) * sixteenths) --left;
        return left ? bits >> (kBits - left) & 1 : 1;
    }
};

// A byte on its way to the host; each bit is looked at in its middle.
struct Receiver {
    int64_t sixteenths, begin = 0;
    int bits = 0, seen = -1;
    bool idle() const { return seen < 0; }
    // True when a byte is complete; it is then in bits.
    bool look(int level, int64_t cycle) {
        if (seen < 0) {
            if (level) return false;
            begin = cycle;
            seen = bits = 0;
        }
        if ((cycle - begin) * 32 < (2 * seen + 1) * sixteenths) return false;
        bits |= level << seen;
        if (++seen < kBits) return false;
        seen = -1;
        bits = bits >> 1 & 0xff;
        return true;
    }
};

}  // namespace

int main(int argc, char** argv) {
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (argc < 3) return 2;
    const int64_t sixteenths = std::atoll(argv[1]), idle_cycles = std::atoll(argv[2]);
    VerilatedContext context;
    const auto dut = std::make_unique<Vdut>(&context, "top");
    const auto cycle_of = [&](int reset, int rx) {
        dut->rst = reset;
        dut->rx = rx;
        dut->clk = 0;
        dut->eval();
        dut->clk = 1;
        dut->eval();
    };
    for (int n = 0; n < kResetCycles; ++n) cycle_of(1, 1);

    Sender sender{sixteenths};
    Receiver receiver{sixteenths};
    bool open = true;
    int64_t moved = 0;
    for (int64_t cycle = 0;; ++cycle) {
        const bool quiet = cycle - moved > idle_cycles;
        if (quiet && !open) break;
        if (open && sender.idle() && (quiet || cycle % kPollCycles == 0 || moved == cycle - 1)) {
            pollfd input{0, POLLIN, 0};
            uint8_t byte;
            if (poll(&input, 1, quiet ? -1 : 0) > 0) {
                if (read(0, &byte, 1) == 1) {
                    sender.start(byte, cycle);
                    moved = cycle;
                } else {
                    open = false;
                }
            }
        }
        cycle_of(0, sender.level(cycle));
        if (!sender.idle()) moved = cycle;
        if (receiver.look(dut->tx, cycle)) {
            const uint8_t byte = uint8_t(receiver.bits);
            if (write(1, &byte, 1) != 1) break;
        }
        if (!receiver.idle()) moved = cycle;
    }
    dut->final();
    return 0;
}
