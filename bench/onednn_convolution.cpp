// oneDNN's counterpart of bench_convolution: the same layers, passes, data and columns. Memory has the format that
// oneDNN asks for; bringing it there is not timed. Of its algorithms the fastest runs; the label names it.
//     build/onednn-debian/bin/bench_onednn_convolution [--layers s10|others] [--batch N] [--precision fp32|bf16]
//                                                      [--benchmark_filter=...]
// OMP_NUM_THREADS sets the threads; compare_onednn.sh installs oneDNN, builds this program and runs it.
#include "convolutions.hpp"

#include <dnnl.hpp>
#include <limits>
#include <optional>
#include <tuple>
#include <unordered_map>

namespace {

using namespace convolutions;
using dnnl::memory;

/// A primitive's description, which oneDNN 2 makes in two steps and oneDNN 3 in one.
template <class Primitive, class... Hint>
auto describe(const dnnl::engine& cpu, std::tuple<Hint...> hint, const auto&... arguments) {
    using Description = typename Primitive::primitive_desc;
    const auto make = [&](const auto&... with_hint) {
        if constexpr (requires { typename Primitive::desc; })
            return Description(typename Primitive::desc(arguments...), cpu, with_hint...);
        else
            return Description(cpu, arguments..., with_hint...);
    };
    return std::apply(make, hint);
}

/// One pass of a layer by one algorithm, ready to run.
struct Program {
    dnnl::primitive primitive;
    std::unordered_map<int, memory> arguments;
    memory result;
    std::string name;
};

class Convolution {
public:
    Convolution(Data& data, const std::string& precision) : data_(data), reduced_(precision == "bf16") {}

    /// The pass by the fastest of the algorithms that take it.
    Program fastest(Pass pass) {
        std::optional<Program> best;
        double best_seconds = 0.0;
        for (const auto algorithm : {dnnl::algorithm::convolution_direct, dnnl::algorithm::convolution_winograd,
                                     dnnl::algorithm::convolution_auto}) {
            try {
                Program program = make(pass, algorithm);
                const double seconds = shortest(program);
                if (!best || seconds < best_seconds) best = std::move(program), best_seconds = seconds;
            } catch (const dnnl::error& error) {
                if (error.status != dnnl_unimplemented) throw;
            }
        }
        return best.value();
    }

    void run(const Program& program) {
        program.primitive.execute(stream_, program.arguments);
        stream_.wait();
    }

    /// Brings the result of a pass into the data.
    void fetch(Pass pass, const Program& program) {
        memory from = program.result;
        memory to = pass == Pass::forward          ? plain(data_.y, output_)
                    : pass == Pass::input_gradient ? plain(data_.dx, input_)
                                                   : plain_weights(data_.weight_gradient);
        dnnl::reorder(from, to).execute(stream_, from, to);
        stream_.wait();
    }

private:
    Data& data_;
    bool reduced_;
    dnnl::engine cpu_{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream_{cpu_};
    const tinyres::ConvolutionSizes& sizes_{data_.sizes};
    memory::dims input_{data_.batch, sizes_.in.channels, sizes_.in.height, sizes_.in.width};
    memory::dims output_{data_.batch, sizes_.out.channels, sizes_.out.height, sizes_.out.width};
    memory::dims filters_ =
        sizes_.groups == 1
            ? memory::dims{sizes_.out.channels, sizes_.in.channels, sizes_.kernel_height, sizes_.kernel_width}
            : memory::dims{sizes_.groups, sizes_.group_outputs(), sizes_.group_inputs(), sizes_.kernel_height,
                           sizes_.kernel_width};
    memory::dims biases_{sizes_.out.channels};

    static memory::desc any(const memory::dims& dims, memory::data_type type) {
        return {dims, type, memory::format_tag::any};
    }

    // Memory in the data's own format; oneDNN takes pointers to what it only reads as mutable ones.
    memory plain(const std::vector<float>& values, const memory::dims& dims, memory::format_tag tag) {
        return {{dims, memory::data_type::f32, tag}, cpu_, const_cast<float*>(values.data())};
    }
    memory plain(const std::vector<float>& values, const memory::dims& dims) {
        return plain(values, dims, memory::format_tag::nhwc);
    }
    memory plain_biases(const std::vector<float>& values) { return plain(values, biases_, memory::format_tag::x); }
    memory plain_weights(const std::vector<float>& values) {
        return plain(values, filters_, sizes_.groups == 1 ? memory::format_tag::hwio : memory::format_tag::hwigo);
    }

    memory in_format(memory from, const memory::desc& format) {
        memory to(format, cpu_);
        dnnl::reorder(from, to).execute(stream_, from, to);
        stream_.wait();
        return to;
    }

    /// Seconds of the shortest of a few runs.
    double shortest(const Program& program) {
        double shortest = std::numeric_limits<double>::infinity();
        for (int repetition = 0; repetition < 5; ++repetition) {
            const auto start = std::chrono::steady_clock::now();
            run(program);
            const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
            shortest = std::min(shortest, seconds.count());
        }
        return shortest;
    }

    Program make(Pass pass, dnnl::algorithm algorithm) {
        using memory::data_type::f32;
        const auto type = reduced_ ? memory::data_type::bf16 : f32;
        const memory::desc x = any(input_, type);
        const memory::desc y = any(output_, type);
        const memory::desc weights = any(filters_, type);
        const memory::desc bias(biases_, f32, memory::format_tag::x);
        const memory::dims strides{sizes_.stride_height, sizes_.stride_width};
        const memory::dims padding{sizes_.padding_height, sizes_.padding_width};
        const auto forward =
            describe<dnnl::convolution_forward>(cpu_, std::tuple(), dnnl::prop_kind::forward_training, algorithm, x,
                                                weights, bias, y, strides, padding, padding);
        if (pass == Pass::forward) {
            const memory result(forward.dst_desc(), cpu_);
            return {dnnl::convolution_forward(forward),
                    {{DNNL_ARG_SRC, in_format(plain(data_.x, input_), forward.src_desc())},
                     {DNNL_ARG_WEIGHTS, in_format(plain_weights(data_.weights), forward.weights_desc())},
                     {DNNL_ARG_BIAS, plain_biases(data_.bias)},
                     {DNNL_ARG_DST, result}},
                    result,
                    forward.impl_info_str()};
        }
        if (pass == Pass::input_gradient) {
            const auto backward = describe<dnnl::convolution_backward_data>(cpu_, std::tuple(forward), algorithm, x,
                                                                            weights, y, strides, padding, padding);
            const memory result(backward.diff_src_desc(), cpu_);
            return {dnnl::convolution_backward_data(backward),
                    {{DNNL_ARG_DIFF_DST, in_format(plain(data_.dy, output_), backward.diff_dst_desc())},
                     {DNNL_ARG_WEIGHTS, in_format(plain_weights(data_.weights), backward.weights_desc())},
                     {DNNL_ARG_DIFF_SRC, result}},
                    result,
                    backward.impl_info_str()};
        }
        const auto backward = describe<dnnl::convolution_backward_weights>(
            cpu_, std::tuple(forward), algorithm, x, any(filters_, f32), bias, y, strides, padding, padding);
        const memory result(backward.diff_weights_desc(), cpu_);
        return {dnnl::convolution_backward_weights(backward),
                {{DNNL_ARG_SRC, in_format(plain(data_.x, input_), backward.src_desc())},
                 {DNNL_ARG_DIFF_DST, in_format(plain(data_.dy, output_), backward.diff_dst_desc())},
                 {DNNL_ARG_DIFF_WEIGHTS, result},
                 {DNNL_ARG_DIFF_BIAS, plain_biases(data_.bias_gradient)}},
                result,
                backward.impl_info_str()};
    }
};

} // namespace

int main(int argc, char** argv) {
    const dnnl_version_t& version = *dnnl_version();
    benchmark::AddCustomContext("onednn_version", std::to_string(version.major) + '.' + std::to_string(version.minor) +
                                                      '.' + std::to_string(version.patch));
    return run_program(
        argc, argv, {"fp32", "bf16"}, [](auto& state, auto layer, Pass pass, const Options& options, double peak) {
            Data data(layer, options.batch);
            Convolution convolution(data, options.precision);
            const Program program = convolution.fastest(pass);
            state.SetLabel(program.name);
            measure(
                state, data, pass, peak, [&] { convolution.run(program); }, [&] { convolution.fetch(pass, program); });
        });
}
