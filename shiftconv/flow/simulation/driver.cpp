// Drives the Verilated model of an accelerator: feeds beats from a file, keeps what comes out.
//
// Usage: driver FOLDER N_BEATS EXPECT_BEATS STALL_IN STALL_OUT SEED WATCHDOG DRAIN [WAVES FIRST LAST]
// [+NAME=VALUE ...]
//
// FOLDER holds in_beats and in_last, and gets out_beats, out_last, out_cycle, in_cycle and summary:
// cycles, cycles with frame_error, seconds of simulation, and the sentence of what went wrong, one a
// line. Until then its file progress says from time to time how many beats were given (int64).
// A stall is the chance in 2**32 that a side pauses in a cycle. EXPECT_BEATS below zero means: until
// nothing has moved for WATCHDOG cycles. WAVES gets the cycles from FIRST to LAST, the reset's if FIRST
// is below zero; a model with counters of toggles writes those of these cycles there instead. What
// follows is for $value$plusargs of the model.
//
// IN_BYTES and OUT_BYTES are the widths of TDATA. Verilator keeps a port in the smallest unsigned
// type, or in 32-bit words of ascending significance, so on a little-endian machine the bytes of a
// beat are the first bytes of the port.

#ifdef __linux__
#include <sys/prctl.h>
#include <csignal>
#endif
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "Vdut.h"
#include "verilated.h"
#ifdef WITH_SAIF
#include "verilated_saif_c.h"
using Waves = VerilatedSaifC;
#elif defined(WITH_TRACE)
#include "verilated_vcd_c.h"
using Waves = VerilatedVcdC;
#endif

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "beats are copied as they lie in memory");

namespace {

constexpr int kResetCycles = 4;
constexpr int64_t kProgressCycles = 1 << 13;

// SplitMix64.
struct Random {
    uint64_t state;
    uint64_t next() {
        uint64_t z = (state += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    bool chance(uint64_t in_2_to_32) { return (next() >> 32) < in_2_to_32; }
};

[[noreturn]] void fail(const std::string& path) {
    std::perror(path.c_str());
    std::exit(1);
}

std::vector<uint8_t> load(const std::string& path, size_t size) {
    std::vector<uint8_t> bytes(size);
    FILE* file = std::fopen(path.c_str(), "rb");
    if (!file || std::fread(bytes.data(), 1, size, file) != size) fail(path);
    std::fclose(file);
    return bytes;
}

void save(const std::string& path, const void* data, size_t size) {
    FILE* file = std::fopen(path.c_str(), "wb");
    if (!file || std::fwrite(data, 1, size, file) != size || std::fclose(file)) fail(path);
}

template <typename T>
void save(const std::string& path, const std::vector<T>& values) {
    save(path, values.data(), values.size() * sizeof(T));
}

// Tells another process how far this one is; that process may read while it is written.
class Progress {
    FILE* file;

public:
    explicit Progress(const std::string& path) : file(std::fopen(path.c_str(), "wb")) {
        if (!file) fail(path);
        std::setvbuf(file, nullptr, _IONBF, 0);
    }
    ~Progress() { std::fclose(file); }
    void tell(int64_t given) {
        std::rewind(file);
        std::fwrite(&given, sizeof given, 1, file);
    }
};

}  // namespace

int main(int argc, char** argv) {
#ifdef __linux__
    // Nobody waits for the result of a caller that was killed.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (argc < 9) return 2;
    const std::string folder = std::string(argv[1]) + "/";
    const int64_t n_beats = std::atoll(argv[2]);
    const int64_t expect = std::atoll(argv[3]);
    const uint64_t stall_in = std::strtoull(argv[4], nullptr, 10);
    const uint64_t stall_out = std::strtoull(argv[5], nullptr, 10);
    const uint64_t seed = std::strtoull(argv[6], nullptr, 10);
    const int64_t watchdog = std::atoll(argv[7]);
    const int64_t drain = std::atoll(argv[8]);
    const std::vector<uint8_t> beats = load(folder + "in_beats", size_t(n_beats) * IN_BYTES);
    const std::vector<uint8_t> lasts = load(folder + "in_last", size_t(n_beats));
    std::vector<uint8_t> out_beats, out_last;
    std::vector<int64_t> out_cycle, in_cycle;

    VerilatedContext context;
    context.commandArgs(argc, argv);
    const auto dut = std::make_unique<Vdut>(&context, "top");
    int64_t cycle = -kResetCycles;
#ifdef WITH_TRACE
    Waves waves;
    const bool traced = argc > 11 && argv[9][0] != '+';
    const int64_t first = traced ? std::atoll(argv[10]) : 0;
    const int64_t last = traced ? std::atoll(argv[11]) : -1;
    if (traced) {
        context.traceEverOn(true);
        dut->trace(&waves, 99);
    }
    const auto dump = [&] {
        if (traced && cycle >= first && cycle <= last) {
            if (!waves.isOpen()) waves.open(argv[9]);
            if (!waves.isOpen()) fail(argv[9]);
            waves.dump(context.time());
        } else if (waves.isOpen()) {
            waves.close();
        }
        context.timeInc(1);
    };
#else
    const auto dump = [] {};
#endif
    const auto edge = [&](int level) {
        dut->clk = level;
        dut->eval();
        dump();
    };

    dut->s_axis_tvalid = 0;
    dut->m_axis_tready = 0;
    dut->rst = 1;
    for (; cycle < 0; ++cycle) {
        edge(0);
        edge(1);
    }
    dut->rst = 0;

    Random random_in{seed}, random_out{~seed};
    int64_t taken = 0, given = 0, idle = 0, after = 0, errors = 0;
    bool offering = false, held = false, held_last = false;
    std::vector<uint8_t> held_beat(OUT_BYTES);
    std::string wrong;
    Progress progress(folder + "progress");
    const auto begin = std::chrono::steady_clock::now();
    for (;; ++cycle) {
        if (cycle % kProgressCycles == 0) progress.tell(given);
        // Offer the next beat; what lies on the wires of a pause must not matter.
        if (!offering) {
            offering = taken < n_beats && !random_in.chance(stall_in);
            if (offering) {
                std::memcpy(&dut->s_axis_tdata, &beats[size_t(taken) * IN_BYTES], IN_BYTES);
                dut->s_axis_tlast = lasts[size_t(taken)];
            } else {
                const uint64_t junk = random_in.next();
                std::memset(&dut->s_axis_tdata, int(junk & 0xff), IN_BYTES);
                dut->s_axis_tlast = junk >> 63;
            }
            dut->s_axis_tvalid = offering;
        }
        dut->m_axis_tready = !random_out.chance(stall_out);
        edge(0);

        // What the rising edge is about to see.
        const bool takes = offering && dut->s_axis_tready;
        const bool gives = dut->m_axis_tvalid && dut->m_axis_tready;
        const auto* beat = reinterpret_cast<const uint8_t*>(&dut->m_axis_tdata);
        if (held && (!dut->m_axis_tvalid || dut->m_axis_tlast != held_last ||
                     std::memcmp(beat, held_beat.data(), OUT_BYTES))) {
            wrong = "output beat " + std::to_string(given) + " was offered and then changed or "
                    "withdrawn before it was taken, in cycle " + std::to_string(cycle);
            break;
        }
        held = dut->m_axis_tvalid && !gives;
        if (held) {
            std::memcpy(held_beat.data(), beat, OUT_BYTES);
            held_last = dut->m_axis_tlast;
        }
        if (takes) {
            in_cycle.push_back(cycle);
            ++taken;
            offering = false;
        }
        if (gives) {
            out_beats.insert(out_beats.end(), beat, beat + OUT_BYTES);
            out_last.push_back(dut->m_axis_tlast);
            out_cycle.push_back(cycle);
            ++given;
        }
#ifdef WITH_FRAME_ERROR
        errors += dut->frame_error != 0;
#endif
        edge(1);

        // Done, or stuck.
        idle = takes || gives ? 0 : idle + 1;
        if (expect >= 0 && taken == n_beats && given >= expect && after++ == drain) break;
        if (idle == watchdog) {
            if (expect < 0 && taken == n_beats) break;
            if (expect >= 0 && taken == n_beats && given >= expect) continue;
            wrong = "nothing has moved for " + std::to_string(watchdog) + " cycles: it took " +
                    std::to_string(taken) + " of " + std::to_string(n_beats) + " beats and gave " +
                    std::to_string(given);
            if (expect >= 0) wrong += " of " + std::to_string(expect);
            break;
        }
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    dut->final();
#ifdef WITH_TRACE
    if (waves.isOpen()) waves.close();
#endif
    save(folder + "out_beats", out_beats);
    save(folder + "out_last", out_last);
    save(folder + "out_cycle", out_cycle);
    save(folder + "in_cycle", in_cycle);
    const std::string summary =
        std::to_string(cycle + 1) + "\n" + std::to_string(errors) + "\n" +
        std::to_string(seconds.count()) + "\n" + wrong;
    save(folder + "summary", summary.data(), summary.size());
    return 0;
}
