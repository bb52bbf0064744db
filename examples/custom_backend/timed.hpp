#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <tinyres/backend/cpu/kernels.hpp>
#include <utility>

/// What a kernel cost so far.
struct KernelTime {
    int calls = 0;
    double seconds = 0.0;
};

/// A backend of one's own: it runs what Cpu runs, and takes the time of each kernel. What is not said here (memory,
/// numbers, steps, which layers run as one) it has from Cpu.
struct Timed : tinyres::Cpu<> {
    using Cpu::Cpu;

    /// Of all kernels of the program, by name: "Conv2d+MaxPool2d 64x32x32, forward".
    static std::map<std::string, KernelTime>& times() {
        static std::map<std::string, KernelTime> all;
        return all;
    }
};

/// How an operation is called in the table: its layers' names and the size of what they read.
template <class Operation>
struct OperationName;

template <class Layer, class In, class... Others>
struct OperationName<tinyres::Bound<Layer, In, Others...>> {
    static std::string text() { return std::string(Layer::name) + size(); }
    static std::string size() {
        return ' ' + std::to_string(In::channels) + 'x' + std::to_string(In::height) + 'x' + std::to_string(In::width);
    }
};

template <class First, class... Rest, class In>
struct OperationName<tinyres::Bound<tinyres::Fused<First, Rest...>, In>> {
    static std::string text() {
        std::string names(First::name);
        for (const std::string_view name : {Rest::name...}) (names += '+') += name;
        return names + OperationName<tinyres::Bound<First, In>>::size();
    }
};

namespace tinyres {

/// All kernels of Cpu, between two looks at the clock.
template <class Operation>
requires HasKernel<Cpu<>, Operation>
struct Kernel<Timed, Operation> : Kernel<Cpu<>, Operation> {
    using Untimed = Kernel<Cpu<>, Operation>;

    template <class Pass>
    static void forward(const Timed& backend, const Pass& pass) {
        time(", forward", [&] { Untimed::forward(backend, pass); });
    }
    template <class Pass>
    static void backward(const Timed& backend, const Pass& pass) {
        time(", backward", [&] { Untimed::backward(backend, pass); });
    }

private:
    template <class Run>
    static void time(const char* direction, Run run) {
        const auto start = std::chrono::steady_clock::now();
        run();
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        KernelTime& time = Timed::times()[OperationName<Operation>::text() + direction];
        ++time.calls;
        time.seconds += seconds.count();
    }
};

} // namespace tinyres
