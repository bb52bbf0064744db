#include "examples/program.hpp"

#include <array>

using namespace tinyres_test;

namespace {

/// The reference's table without its row numbers.
constexpr std::array<std::array<const char*, 3>, 33> reference_rows{{
    {"Conv2d", "[-1, 64, 32, 32]", "1,792"},
    {"BatchNorm2d", "[-1, 64, 32, 32]", "128"},
    {"ReLU", "[-1, 64, 32, 32]", "0"},
    {"Dropout2d", "[-1, 64, 32, 32]", "0"},
    {"Conv2d", "[-1, 128, 32, 32]", "73,856"},
    {"MaxPool2d", "[-1, 128, 16, 16]", "0"},
    {"BatchNorm2d", "[-1, 128, 16, 16]", "256"},
    {"ReLU", "[-1, 128, 16, 16]", "0"},
    {"Dropout2d", "[-1, 128, 16, 16]", "0"},
    {"Conv2d", "[-1, 128, 16, 16]", "147,584"},
    {"BatchNorm2d", "[-1, 128, 16, 16]", "256"},
    {"Dropout2d", "[-1, 128, 16, 16]", "0"},
    {"Conv2d", "[-1, 128, 16, 16]", "147,584"},
    {"BatchNorm2d", "[-1, 128, 16, 16]", "256"},
    {"Dropout2d", "[-1, 128, 16, 16]", "0"},
    {"Conv2d", "[-1, 256, 16, 16]", "295,168"},
    {"MaxPool2d", "[-1, 256, 8, 8]", "0"},
    {"BatchNorm2d", "[-1, 256, 8, 8]", "512"},
    {"ReLU", "[-1, 256, 8, 8]", "0"},
    {"Dropout2d", "[-1, 256, 8, 8]", "0"},
    {"Conv2d", "[-1, 512, 8, 8]", "1,180,160"},
    {"MaxPool2d", "[-1, 512, 4, 4]", "0"},
    {"BatchNorm2d", "[-1, 512, 4, 4]", "1,024"},
    {"ReLU", "[-1, 512, 4, 4]", "0"},
    {"Dropout2d", "[-1, 512, 4, 4]", "0"},
    {"Conv2d", "[-1, 512, 4, 4]", "2,359,808"},
    {"BatchNorm2d", "[-1, 512, 4, 4]", "1,024"},
    {"Dropout2d", "[-1, 512, 4, 4]", "0"},
    {"Conv2d", "[-1, 512, 4, 4]", "2,359,808"},
    {"BatchNorm2d", "[-1, 512, 4, 4]", "1,024"},
    {"Dropout2d", "[-1, 512, 4, 4]", "0"},
    {"MaxPool2d", "[-1, 512, 1, 1]", "0"},
    {"Linear", "[-1, 10]", "5,130"},
}};

/// The rows of a table: type, number, shape, parameters.
std::vector<std::array<std::string, 4>> rows_of(const std::string& table) {
    std::vector<std::array<std::string, 4>> rows;
    for (const std::string& line : lines_of(table)) {
        const std::size_t dash = line.find('-'), open = line.find('['), close = line.find(']');
        if (open == std::string::npos) continue;
        const std::size_t type = line.find_first_not_of(' ');
        rows.push_back({line.substr(type, dash - type), line.substr(dash + 1, line.find(' ', dash) - dash - 1),
                        line.substr(open, close - open + 1), line.substr(line.rfind(' ') + 1)});
    }
    return rows;
}

} // namespace

TEST_CASE("The summary holds the reference's rows in their order") {
    const Outcome outcome = run({"summary"});
    CHECK(outcome.status == 0);
    const auto rows = rows_of(outcome.out);
    CHECK(rows.size() == 39); // ours: 4 ReLUs in the two ResBlocks, Flatten, LogSoftmax
    std::size_t found = 0;
    std::vector<std::string> between;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CHECK(rows[i][1] == std::to_string(i + 1));
        if (found < reference_rows.size() && rows[i][0] == reference_rows[found][0] &&
            rows[i][2] == reference_rows[found][1] && rows[i][3] == reference_rows[found][2])
            ++found;
        else
            between.push_back(rows[i][0]);
    }
    CHECK(found == reference_rows.size());
    CHECK(between == std::vector<std::string>{"ReLU", "ReLU", "ReLU", "ReLU", "Flatten", "LogSoftmax"});
}

TEST_CASE("The summary is laid out as the reference's and has its totals") {
    const std::vector<std::string> lines = lines_of(run({"summary"}).out);
    REQUIRE(lines.size() == 52);
    CHECK(lines[0] == "----------------------------------------------------------------");
    CHECK(lines[1] == "        Layer (type)               Output Shape         Param #");
    CHECK(lines[2] == "================================================================");
    CHECK(lines[3] == "            Conv2d-1           [-1, 64, 32, 32]           1,792");
    CHECK(lines[43] == "Total params: 6,575,370");
    CHECK(lines[44] == "Trainable params: 6,575,370");
    CHECK(lines[45] == "Non-trainable params: 0");
    CHECK(lines[47] == "Input size (MB): 0.01");
    CHECK(lines[48] == "Forward/backward pass size (MB): 8.01"); // of 39 rows; the reference's 33 make 7.38
    CHECK(lines[49] == "Params size (MB): 25.08");
    CHECK(lines[50] == "Estimated Total Size (MB): 33.10");
}

TEST_CASE("The summary shows GroupNorm for gn and ln, with as many parameters") {
    for (const char* norm : {"gn", "ln"}) {
        const Outcome outcome = run({"summary", "--norm", norm});
        CHECK(outcome.status == 0);
        CHECK(rows_of(outcome.out)[1] == std::array<std::string, 4>{"GroupNorm", "2", "[-1, 64, 32, 32]", "128"});
        CHECK(outcome.out.find("Total params: 6,575,370\n") != std::string::npos);
    }
}
