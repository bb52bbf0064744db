// expect: this model's values are not in the processor's memory, so Eigen cannot map them
#include <tinyres/backend/reference/kernels.hpp>
#include <tinyres/eigen/maps.hpp>

// A backend that may say that its memory is elsewhere, with the kernels of Reference.
struct Backend : tinyres::Reference<float> {
#ifdef TINYRES_MUST_FAIL
    static constexpr bool on_host = false;
#endif
};
template <class Operation>
requires tinyres::HasKernel<tinyres::Reference<float>, Operation>
struct tinyres::Kernel<Backend, Operation> : tinyres::Kernel<tinyres::Reference<float>, Operation> {
};

using Net = tinyres::Network<tinyres::Image<2, 1, 1>, tinyres::Flatten>;

int main() {
    const tinyres::Model<Net, Backend> model;
    return static_cast<int>(tinyres::parameter_vector(model).size());
}
