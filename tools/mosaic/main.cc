#include "mosaic/cli.h"

int main(int argc, char** argv) {
    return mosaic::run_tool(argc, argv);
}
