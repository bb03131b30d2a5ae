CREATE TABLE agents (
    id BINARY(16) NOT NULL,
    name VARCHAR(64) NOT NULL,
    PRIMARY KEY (id)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE inventory (
    agent_id BINARY(16) NOT NULL,
    id BINARY(16) NOT NULL,
    name VARCHAR(64) NOT NULL,
    PRIMARY KEY (agent_id, id)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE presence (
    agent_id BINARY(16) NOT NULL,
    region VARCHAR(64) NOT NULL,
    since DATETIME NOT NULL,
    PRIMARY KEY (agent_id)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE regions (
    name VARCHAR(64) NOT NULL,
    maturity VARCHAR(16) NOT NULL,
    PRIMARY KEY (name)
) DEFAULT CHARACTER SET utf8mb4;

INSERT INTO regions (name, maturity) VALUES ('Ahern', 'general'), ('Boardman', 'moderate');
