// expect: only a network whose first layer is a convolution can have it whitened
#include <tinyres/backend/reference/kernels.hpp>
#include <tinyres/eigen/whitening.hpp>

template <class... First>
using Net = tinyres::Network<tinyres::Image<1, 4, 4>, First..., tinyres::Conv3x3<2>, tinyres::Flatten>;

int main() {
#ifdef TINYRES_MUST_FAIL
    tinyres::Model<Net<tinyres::ReLU>, tinyres::Reference<float>> model;
#else
    tinyres::Model<Net<>, tinyres::Reference<float>> model;
#endif
    tinyres::whiten_first_convolution(model, tinyres::samples_in_rows(tinyres::RowMatrix<float>::Random(9, 16)));
    return 0;
}
