#pragma once

#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/memory.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A kernel that consists of two: the second operation reads what the first one gives. Of all memory the composed
/// kernel's own part comes first, then the first kernel's, then the second's. What both have for each thread is one, so
/// it lasts for a call of one of them.
///
/// `needs_with(own)` is what they need together, `own` being what the composed kernel needs beside them.
/// `first(own, pass)` and `second(own, pass)` are a kernel's pass: its parameters, statistics and memory. Inputs,
/// outputs and gradients are still the whole's; what lies between the two is for the composed kernel to put in.
template <class Backend, class FirstOperation, class SecondOperation>
struct Composed {
    using First = Kernel<Backend, FirstOperation>;
    using Second = Kernel<Backend, SecondOperation>;

    static constexpr KernelNeeds needs_with(const KernelNeeds& own) {
        const KernelNeeds first = First::needs;
        const KernelNeeds second = Second::needs;
        KernelNeeds both = own;
        both.input_in_backward |= first.input_in_backward;
        both.output_in_backward |= second.output_in_backward;
        both.input_gradient_always |= first.input_gradient_always;
        const auto stack = [&](std::size_t KernelNeeds::*size) {
            both.*size = cache_lines(own.*size) + cache_lines(first.*size) + second.*size;
        };
        stack(&KernelNeeds::saved_per_image);
        stack(&KernelNeeds::saved_once);
        stack(&KernelNeeds::scratch_shared);
        stack(&KernelNeeds::forward_scratch_per_image);
        stack(&KernelNeeds::backward_scratch_per_image);
        const auto greater = [](std::size_t a, std::size_t b) { return a > b ? a : b; };
        both.scratch_per_thread =
            greater(own.scratch_per_thread, greater(first.scratch_per_thread, second.scratch_per_thread));
        return both;
    }

    template <class Pass>
    static Pass first(const KernelNeeds& own, Pass pass) {
        move_on(pass, own);
        return pass;
    }
    template <class Pass>
    static Pass second(const KernelNeeds& own, Pass pass) {
        move_on(pass, own);
        move_on(pass, First::needs);
        pass.parameters += FirstOperation::parameter_count;
        move_tensors(pass);
        return pass;
    }

private:
    template <class Scalar>
    static void move_tensors(ForwardArguments<Scalar>& pass) {
        pass.statistics += FirstOperation::statistic_count;
        if (pass.updated_statistics) pass.updated_statistics += FirstOperation::statistic_count;
    }
    template <class Scalar>
    static void move_tensors(BackwardArguments<Scalar>& pass) {
        pass.parameter_gradients += FirstOperation::parameter_count;
    }

    static std::size_t of_images(std::size_t bytes, int batch) {
        return cache_lines(bytes) * static_cast<std::size_t>(batch);
    }
    template <class Scalar>
    static void move_on(ForwardArguments<Scalar>& pass, const KernelNeeds& needs) {
        if (pass.training) {
            pass.saved += of_images(needs.saved_per_image, pass.batch);
            pass.saved_once += cache_lines(needs.saved_once);
        }
        pass.scratch += cache_lines(needs.scratch_shared);
        pass.image_scratch += of_images(needs.forward_scratch_per_image, pass.batch);
    }
    template <class Scalar>
    static void move_on(BackwardArguments<Scalar>& pass, const KernelNeeds& needs) {
        pass.saved += of_images(needs.saved_per_image, pass.batch);
        pass.saved_once += cache_lines(needs.saved_once);
        pass.scratch += cache_lines(needs.scratch_shared);
        pass.image_scratch += of_images(needs.backward_scratch_per_image, pass.batch);
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
