# Group people: integer keys. `id` 0, 2^53 + 1 and 2^64 - 1 are among them.
CREATE TABLE users (
    id BIGINT UNSIGNED NOT NULL,
    name VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL,
    email VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    country CHAR(2) CHARACTER SET latin1 COLLATE latin1_swedish_ci NULL,
    age INT NULL,
    score DECIMAL(10,2) NULL,
    created DATETIME(6) NOT NULL,
    born DATE NULL,
    PRIMARY KEY (id),
    KEY by_country (country)
);
CREATE TABLE orders (
    user_id BIGINT UNSIGNED NOT NULL,
    order_no INT NOT NULL,
    placed DATETIME NOT NULL,
    state ENUM('new', 'paid', 'sent', 'lost') NOT NULL,
    total DECIMAL(12,2) NULL,
    note VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NULL,
    PRIMARY KEY (user_id, order_no)
);
CREATE TABLE items (
    user_id BIGINT UNSIGNED NOT NULL,
    order_no INT NOT NULL,
    line INT NOT NULL,
    product_id INT NOT NULL,
    quantity SMALLINT NOT NULL,
    price DECIMAL(8,3) NULL,
    PRIMARY KEY (user_id, order_no, line)
);

# Text under collations that differ in case, accents and trailing blanks.
CREATE TABLE texts (
    id INT NOT NULL,
    b VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    g VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL,
    u VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NULL,
    l VARCHAR(30) CHARACTER SET latin1 COLLATE latin1_swedish_ci NULL,
    lb VARCHAR(30) CHARACTER SET latin1 COLLATE latin1_bin NULL,
    n VARCHAR(30) CHARACTER SET utf8mb4 COLLATE ${nopad_ci} NULL,
    nb VARCHAR(30) CHARACTER SET utf8mb4 COLLATE ${nopad_bin} NULL,
    c CHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL,
    PRIMARY KEY (id)
);

# One column of each kind of type.
CREATE TABLE kinds (
    id INT NOT NULL,
    t8 TINYINT NULL,
    s16 SMALLINT UNSIGNED NULL,
    m24 MEDIUMINT NULL,
    i64 BIGINT NULL,
    u64 BIGINT UNSIGNED NULL,
    de DECIMAL(30,10) NULL,
    f FLOAT NULL,
    d DOUBLE NULL,
    da DATE NULL,
    ti TIME NULL,
    ti6 TIME(6) NULL,
    dt DATETIME(6) NULL,
    ts TIMESTAMP NULL DEFAULT NULL,
    y YEAR NULL,
    e ENUM('small', 'medium', 'large') NULL,
    s SET('red', 'green', 'blue') NULL,
    b8 BIT(8) NULL,
    b64 BIT(64) NULL,
    bi BINARY(4) NULL,
    vb VARBINARY(20) NULL,
    bl BLOB NULL,
    tx TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL,
    PRIMARY KEY (id)
);
# Signed keys, negative ones too.
CREATE TABLE ledger (
    id BIGINT NOT NULL,
    amount DECIMAL(18,4) NOT NULL,
    rate DOUBLE NOT NULL,
    tag VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    flag TINYINT(1) NOT NULL,
    PRIMARY KEY (id)
);
# Few keys: one with most of the rows, so most shards are empty.
CREATE TABLE skewed (
    k SMALLINT NOT NULL,
    n INT NOT NULL,
    v INT NULL,
    PRIMARY KEY (k, n)
);
CREATE TABLE nobody (
    id INT NOT NULL,
    v INT NULL,
    d DECIMAL(10,2) NULL,
    t VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL,
    PRIMARY KEY (id)
);
# Written to.
CREATE TABLE writes (
    id INT NOT NULL,
    a INT NOT NULL DEFAULT 7,
    b VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL,
    d DECIMAL(6,2) NULL,
    u TINYINT UNSIGNED NULL,
    day DATE NULL,
    PRIMARY KEY (id)
);
CREATE TABLE parts (
    id INT NOT NULL,
    part INT NOT NULL,
    code VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    n BIGINT UNSIGNED NULL,
    PRIMARY KEY (id, part),
    UNIQUE KEY by_code (id, code)
);

# Group names: text keys where 'a' = 'a ', but not 'A'.
CREATE TABLE accounts (
    name VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    kind VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
    amount INT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE logins (
    name VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    at INT NOT NULL,
    host VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL,
    PRIMARY KEY (name, at)
);
# Group tags: text keys where 'a', 'a ' and 'A' all differ.
CREATE TABLE tags (
    tag VARCHAR(30) CHARACTER SET utf8mb4 COLLATE ${nopad_bin} NOT NULL,
    uses INT NOT NULL,
    PRIMARY KEY (tag)
);
# Group bytes.
CREATE TABLE devices (
    id BINARY(16) NOT NULL,
    label VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL,
    PRIMARY KEY (id)
);
CREATE TABLE chunks (
    k VARBINARY(20) NOT NULL,
    n INT NOT NULL,
    body BLOB NULL,
    PRIMARY KEY (k, n)
);

# Reference tables: a copy on every shard.
CREATE TABLE products (
    id INT NOT NULL,
    name VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
    kind VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    price DECIMAL(8,3) NULL,
    PRIMARY KEY (id)
);
CREATE TABLE countries (
    code CHAR(2) CHARACTER SET latin1 COLLATE latin1_swedish_ci NOT NULL,
    name VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL,
    continent ENUM('Europe', 'Asia', 'Africa', 'America') NOT NULL,
    PRIMARY KEY (code)
);
CREATE TABLE articles (
    id INT NOT NULL,
    title VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
    body TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL,
    PRIMARY KEY (id),
    FULLTEXT KEY words (title, body)
);
# A local table, on one shard.
CREATE TABLE notes (
    id INT NOT NULL,
    user_id BIGINT UNSIGNED NULL,
    body VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL,
    PRIMARY KEY (id)
);
