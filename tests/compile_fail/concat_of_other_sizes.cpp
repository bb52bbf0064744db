// expect: tinyres: a layer cannot take its input
// expect: layer_rejects_input<2, tinyres::Concatenate, tinyres::Inputs<tinyres::Shape<3, 8, 8>, tinyres::Shape<3, 4, 4>
// expect: the_branches_of_a_Concat_must_be_vectors_or_images_of_one_height_and_width
#include "whole_program.hpp"

#ifdef TINYRES_MUST_FAIL
using Branch = tinyres::MaxPool<2>;
#else
using Branch = tinyres::ReLU;
#endif
using Net = tinyres::Network<tinyres::Image<3, 8, 8>, tinyres::Concat<tinyres::Identity, Branch>>;
template void whole_program<Net>(const tinyres::Batch&);
