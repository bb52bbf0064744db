// expect: say how samples lie in this matrix: samples_in_rows(X) or samples_in_columns(X)
#include <tinyres/backend/reference/kernels.hpp>
#include <tinyres/eigen/predict.hpp>

using Net = tinyres::Network<tinyres::Image<1, 2, 2>, tinyres::Flatten, tinyres::Linear<2>>;

int main() {
    const tinyres::Model<Net, tinyres::Reference<float>> model;
    const tinyres::RowMatrix<float> images = tinyres::RowMatrix<float>::Zero(3, 4);
#ifdef TINYRES_MUST_FAIL
    static_cast<void>(tinyres::predict(model, images));
#else
    static_cast<void>(tinyres::predict(model, tinyres::samples_in_rows(images)));
#endif
    return 0;
}
