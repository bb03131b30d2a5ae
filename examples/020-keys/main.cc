// Three key schemes side by side: what their ids look like, and what can be read from them.
//   uuid       made here, no server asked; 16 bytes; in order of time
//   ticket     64 bits from a ticket server, a block per round trip; in order, nearly
//   composite  64 bits that hold the bucket of their row: they route by themselves
#include <cstdint>
#include <iostream>
#include <mosaic/mosaic.h>
#include <string>
#include <vector>

namespace {

absl::Status run(const char* config) {
    absl::StatusOr<mosaic::Client> client = mosaic::Client::open(config);
    if (!client.ok())
        return client.status();

    absl::StatusOr<mosaic::Id> photo = client->next_id("photos");
    if (!photo.ok())
        return photo.status();
    std::cout << "uuid: version " << photo->uuid().version() << ", " << photo->to_string().size()
              << " characters\n";

    std::vector<mosaic::Id> tickets(3);
    if (absl::Status status = client->next_ids("albums", tickets); !status.ok())
        return status;
    std::cout << "ticket: in order "
              << (tickets[0] < tickets[1] && tickets[1] < tickets[2] ? "yes" : "no") << '\n';

    // A comment lives with its photo: its id takes the bucket of the photo's.
    const char* insert_photo = "INSERT INTO photos (id, title) VALUES (?, 'Sunrise')";
    if (absl::Status status = client->execute(insert_photo, *photo).status(); !status.ok())
        return status;
    absl::StatusOr<mosaic::Done> comment =
        client->execute("INSERT INTO comments (photo_id, body) VALUES (?, 'Nice light')", *photo);
    if (!comment.ok())
        return comment.status();

    // The id alone finds the row on one shard.
    const mosaic::Id comment_id = *comment->last_insert_id;
    const char* by_id = "SELECT body FROM comments WHERE id = ?";
    absl::StatusOr<mosaic::Result> found = client->query(by_id, comment_id);
    if (!found.ok())
        return found.status();
    std::cout << "composite: " << *found->cell(0, 0) << '\n';
    absl::StatusOr<std::string> why = client->explain(mosaic::Statement(by_id, comment_id));
    if (!why.ok())
        return why.status();
    std::cout << "one shard: " << (why->find("one(") != std::string::npos ? "yes" : "no") << '\n';

    if (absl::Status status =
            client->execute("DELETE FROM comments WHERE photo_id = ?", *photo).status();
        !status.ok())
        return status;
    return client->execute("DELETE FROM photos WHERE id = ?", *photo).status();
}

}  // namespace

int main(int argc, char** argv) {
    const absl::Status status = run(argc > 1 ? argv[1] : "mosaic.yaml");
    if (status.ok())
        return 0;
    std::cerr << status.message() << '\n';
    return 1;
}
