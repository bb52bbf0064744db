#include "tinyres/core/type_list.hpp"

#include <doctest/doctest.h>

namespace tr = tinyres;

namespace {

template <int>
struct Item {};

template <int... Numbers>
using Items = tr::TypeList<Item<Numbers>...>;

template <class Numbers>
struct SingleItems;

template <int... Numbers>
struct SingleItems<std::integer_sequence<int, Numbers...>> {
    using Joined = tr::Concatenated<Items<Numbers>...>;
    using Whole = Items<Numbers...>;
};

} // namespace

TEST_CASE("TypeAt finds a type by its place, also where types repeat") {
    using List = tr::TypeList<int, char, int, float>;
    static_assert(List::size == 4);
    static_assert(std::is_same_v<tr::TypeAt<List, 0>, int>);
    static_assert(std::is_same_v<tr::TypeAt<List, 1>, char>);
    static_assert(std::is_same_v<tr::TypeAt<List, 2>, int>);
    static_assert(std::is_same_v<tr::TypeAt<List, 3>, float>);
}

TEST_CASE("Concatenated joins any number of lists in order") {
    static_assert(std::is_same_v<tr::Concatenated<>, tr::TypeList<>>);
    static_assert(std::is_same_v<tr::Concatenated<Items<1, 2>>, Items<1, 2>>);
    static_assert(std::is_same_v<tr::Concatenated<Items<1>, Items<>, Items<2, 3>>, Items<1, 2, 3>>);
    using Nine = SingleItems<std::make_integer_sequence<int, 9>>;
    static_assert(std::is_same_v<Nine::Joined, Nine::Whole>);
    using Many = SingleItems<std::make_integer_sequence<int, 300>>;
    static_assert(std::is_same_v<Many::Joined, Many::Whole>);
}
