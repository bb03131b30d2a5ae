// The `mosaic` tool with one more partitioner: all its verbs are one function.
#include "modulo.h"

#include <mosaic/cli.h>

int main(int argc, char** argv) {
    return mosaic::run_tool(argc, argv, registry_with_modulo());
}
