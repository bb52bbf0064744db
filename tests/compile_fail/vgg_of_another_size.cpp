// expect: tinyres: Vgg11Bn takes square images of 224 x 224 pixels or a multiple; resize them
// expect: image_has_another_size<225, 225>
#include <tinyres/networks/vgg.hpp>

#ifdef TINYRES_MUST_FAIL
constexpr int size = 225;
#else
constexpr int size = 448;
#endif

int main() {
    return tinyres::Vgg11Bn<tinyres::Image<3, size, size>>::output.size() == 1000 ? 0 : 1;
}
