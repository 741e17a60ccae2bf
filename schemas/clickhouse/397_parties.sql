CREATE VIEW IF NOT EXISTS parties
(
    booking String COMMENT 'Booking that touchpoints of the visits named',
    customer String COMMENT 'One of those who were there under it: known customer, else the strongest identifier itself',
    first_seen DateTime64(3, 'UTC') COMMENT 'Beginning of the first visit under this booking',
    last_seen DateTime64(3, 'UTC') COMMENT 'Last touchpoint of the last visit under this booking',
    visits UInt64 COMMENT 'Visits in which the booking was named',
    touchpoints UInt64 COMMENT 'Touchpoints of these visits, of whatever they were'
)
AS SELECT
    booking, customer, min(started_at) AS first_seen, max(ended_at) AS last_seen, count() AS visits,
    sum(of_visit) AS touchpoints
FROM (SELECT arrayJoin(bookings) AS booking, customer, started_at, ended_at, touchpoints AS of_visit FROM visits)
GROUP BY booking, customer
COMMENT 'Who was there under one booking: a family of four is four people of one party; by the live visits'
