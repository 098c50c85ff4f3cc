-- Runs once, when the database is made; changes of the schema belong to the app.
-- A program that hangs inside a transaction must not hold its locks for ever.
alter database :"DBNAME" set idle_in_transaction_session_timeout = '5min';
